#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>
#include <variant>

#include "simulation/workloads/driver.hpp"
#include "snow/cluster/supervisor.hpp"

// Supervisors of drawn specifications whose children end in every way, held against a model that is written
// from OTP's documents; and supervisors whose children live on nodes that are lost and come back.

namespace sweeping::supervision {

using snow::auto_shutdown;
using snow::child_outcome;
using snow::restart_strategy;

/// The lives of all children of a run, in the order in which they began.
class register_of_lives {
 public:
  static register_of_lives& of_run() { return *now; }
  register_of_lives() { now = this; }
  ~register_of_lives() { now = nullptr; }
  register_of_lives(const register_of_lives&) = delete;

  struct life {
    std::uint64_t child = 0;
    std::uint64_t epoch = 0;
    const snow::node* node = nullptr;
    snow::pid pid{};  ///< as its node calls it
    bool over = false;
  };
  struct family {
    std::vector<life> lives{};
    std::vector<std::uint64_t> ends{};  ///< whose, in their order
  };
  family& of(std::uint64_t supervisor) { return all_[supervisor]; }
  const life* living(std::uint64_t supervisor, std::uint64_t child) {
    const life* newest = nullptr;
    for (auto const& l : of(supervisor).lives)
      if (l.child == child && !l.over && (!newest || newest->epoch < l.epoch)) newest = &l;
    return newest;
  }
  std::size_t count_living(std::uint64_t supervisor) {
    auto const& all = of(supervisor).lives;
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](auto& l) { return !l.over; }));
  }

 private:
  static inline register_of_lives* now = nullptr;
  std::map<std::uint64_t, family> all_;
};

enum class way : std::uint8_t { killed, throws, returns, says_shutdown };
struct end_now {
  way how = way::returns;
};

struct touch {};

snow::actor member(snow::context& self, snow::epoch e, std::uint64_t supervisor, std::uint64_t child,
                   bool stubborn) {
  struct guard {
    std::uint64_t supervisor, child;
    std::size_t number;
    guard(snow::context& self, std::uint64_t s, std::uint64_t c, snow::epoch e) : supervisor{s}, child{c} {
      judge& judge = judge::of_run();
      auto& lives = register_of_lives::of_run().of(s).lives;
      for (auto const& l : lives) judge.expect(l.epoch != e.number, "an epoch was given to two");
      number = lives.size();
      lives.push_back({c, e.number, &self.node(), self.id()});
    }
    ~guard() {
      auto& family = register_of_lives::of_run().of(supervisor);
      family.lives[number].over = true;
      family.ends.push_back(child);
    }
  } const life{self, supervisor, child, e};
  self.trap_exits(stubborn);
  // Whatever brings a successor to the same node comes after the exit of its link.
  auto const acts = [&] {
    for (auto const& l : register_of_lives::of_run().of(supervisor).lives)
      judge::of_run().expect(l.child != child || l.node != &self.node() || l.epoch <= e.number,
                             "child {} of {} acts after its successor has begun", child, supervisor);
  };
  std::optional<way> how;
  while (!how)
    co_await self.receive([&](end_now m) { acts(), how = m.how; }, [&](touch) { acts(); },
                          [&](const snow::exit_signal& s) {
                            if (s.reason != snow::errc::shutdown) how = way::returns;
                          });
  if (*how == way::throws) throw std::runtime_error{"enough"};
  if (*how == way::says_shutdown) {
    self.trap_exits(false);
    self.exit(self.id(), snow::errc::shutdown);
    co_await self.sleep_for(24h);
  }
}
SNOW_REGISTER(member);

/// What OTP's documents say of one supervisor: what follows upon what becomes of its children.
class otp {
 public:
  struct child {
    std::uint64_t number = 0;
    snow::restart type = snow::restart::permanent;
    bool significant = false;
    bool alive = true;
    std::string id() const { return std::to_string(number); }
  };
  struct consequence {
    std::vector<std::uint64_t> stops{};
    std::vector<std::uint64_t> starts{};
    bool ends = false;
  };

  restart_strategy strategy = restart_strategy::one_for_one;
  std::uint32_t intensity = 1;
  snow::duration period = 5s;
  auto_shutdown shuts_down = auto_shutdown::never;
  std::vector<child> children{};

  child* find(std::uint64_t number) {
    auto const it =
        std::find_if(children.begin(), children.end(), [&](auto& c) { return c.number == number; });
    return it == children.end() ? nullptr : &*it;
  }
  bool restarts(const child& c, way how) const {
    bool const normal = how == way::returns || how == way::says_shutdown;
    return c.type == snow::restart::permanent || (c.type == snow::restart::transient && !normal);
  }
  /// "If more than MaxR restarts occur within MaxT seconds": between these two moments, one more. The least
  /// and the most that may count.
  std::pair<std::size_t, std::size_t> counted(snow::time_point from, snow::time_point to) const {
    std::size_t least = 1, most = 1;
    for (auto const& r : restarts_) {
      least += to - r.first <= period;
      most += from - r.second <= period;
    }
    return {least, most};
  }
  void count(snow::time_point from, snow::time_point to) { restarts_.emplace_back(from, to); }

  consequence end() {
    consequence all{.ends = true};
    for (auto it = children.rbegin(); it != children.rend(); ++it)
      if (it->alive) all.stops.push_back(it->number);
    return all;
  }
  /// It has ended, and is restarted.
  consequence restarted(std::uint64_t number) {
    consequence all;
    auto const place =
        std::find_if(children.begin(), children.end(), [&](auto& c) { return c.number == number; });
    auto const at = static_cast<std::size_t>(place - children.begin());
    bool const alone = strategy == restart_strategy::one_for_one;
    std::size_t const first = strategy == restart_strategy::one_for_all ? 0 : at;
    std::size_t const last = alone ? at + 1 : children.size();
    children[at].alive = false;
    for (std::size_t i = last; i-- > first;) {
      if (children[i].alive) all.stops.push_back(children[i].number);
      children[i].alive = false;
    }
    std::size_t i = 0;
    std::erase_if(children, [&](auto& c) {
      std::size_t const here = i++;
      return here >= first && here < last && c.type == snow::restart::temporary;
    });
    for (i = 0; i < children.size(); ++i)
      if (alone ? children[i].number == number
                : strategy == restart_strategy::one_for_all || i >= place_of(number)) {
        all.starts.push_back(children[i].number);
        children[i].alive = true;
      }
    return all;
  }
  /// It has ended, and is not restarted.
  consequence gone(std::uint64_t number) {
    bool const significant = find(number)->significant;
    stopped(number);
    if (!significant || shuts_down == auto_shutdown::never) return {};
    bool const others =
        std::any_of(children.begin(), children.end(), [](auto& c) { return c.significant && c.alive; });
    return shuts_down == auto_shutdown::any_significant || !others ? end() : consequence{};
  }
  void stopped(std::uint64_t number) {
    child& c = *find(number);
    c.alive = false;
    if (c.type == snow::restart::temporary)
      std::erase_if(children, [&](auto& x) { return x.number == number; });
  }

 private:
  std::size_t place_of(std::uint64_t number) const {
    std::size_t i = 0;
    while (children[i].number != number) ++i;
    return i;
  }
  std::vector<std::pair<snow::time_point, snow::time_point>> restarts_;
};

class supervision_driver final : public driver {
 public:
  using driver::driver;
  using model = register_of_lives;
  static constexpr std::uint64_t burst = 20'000;

  snow::task<void> run() override {
    self_.trap_exits(true);
    co_await driver::run();
  }

 private:
  snow::task<bool> round_with(std::string name, bool gently) override {
    bool const good = co_await supervises_here();
    if (!good) co_return false;
    co_return co_await supervises_there(name, gently);
  }

  // ---- children here: what follows is known exactly

  snow::task<bool> supervises_here() {
    begin_another();
    otp m;
    m.strategy = static_cast<restart_strategy>(dice_.below(3));
    m.intensity = static_cast<std::uint32_t>(dice_.between(0, 6));
    m.period = dice_.between(50ms, 2s);
    m.shuts_down = static_cast<auto_shutdown>(dice_.below(3));
    snow::supervision what{
        .strategy = m.strategy, .intensity = m.intensity, .period = m.period, .auto_shutdown = m.shuts_down};
    if (dice_.one_in(4)) what.back_off = {.first = dice_.between(1ms, 50ms), .greatest = 100ms};
    for (std::uint64_t n = dice_.between(1, 5); n != 0; --n) what.children.push_back(another(m));
    supervisor_ = self_.spawn_link<snow::supervisor>(what);
    otp::consequence first;
    for (auto const& c : m.children) first.starts.push_back(c.number);
    bool good = co_await comes_true(m, first, 0);
    for (std::uint64_t steps = dice_.between(1, 15); good && !gone_ && steps != 0; --steps) {
      good = co_await one_step(m);
      snow::duration const rest = dice_.one_in(3) ? dice_.between(snow::duration{}, m.period) : 0ms;
      if (good && rest > 0ms) co_await sleep(self_, rest);
    }
    if (!good) co_return false;
    if (!gone_) {
      begin_step();
      self_.exit(supervisor_, snow::errc::user);
      auto const end = m.end();
      good = co_await comes_true(m, end, 0);
      if (gone_) judge_.expect(*gone_ == snow::errc::user || stopped(), "it ended: {}", gone_->to_string());
    }
    co_return good;
  }

  snow::child_spec another(otp& m) {
    otp::child c{.number = next_child_++, .type = static_cast<snow::restart>(dice_.below(3))};
    c.significant =
        m.shuts_down != auto_shutdown::never && c.type != snow::restart::permanent && dice_.one_in(2);
    bool const stubborn = dice_.one_in(6);
    snow::child_spec s{.id = c.id(),
                       .start = snow::start<member>(number_, c.number, stubborn),
                       .restart = c.type,
                       .shutdown = stubborn ? snow::duration{30ms} : snow::duration{20s},
                       .significant = c.significant};
    if (dice_.one_in(8)) s.shutdown = snow::brutal_kill;
    m.children.push_back(c);
    return s;
  }

  snow::task<bool> one_step(otp& m) {
    if (m.children.empty() || dice_.one_in(4)) co_return co_await one_request(m);
    auto const& c = m.children[dice_.below(m.children.size())];
    std::uint64_t const victim = c.number;
    auto const* const life = lives_.living(number_, victim);
    if (!c.alive || !life) co_return true;
    auto const how = static_cast<way>(dice_.below(4));
    begin_step();
    if (how == way::killed)
      self_.exit(life->pid, snow::kill);
    else
      self_.send<end_now>(life->pid, how);
    if (!m.restarts(c, how)) {
      auto const then = m.gone(victim);
      co_return co_await comes_true(m, then, victim);
    }
    // Whether it was one restart too many, the clock may leave open.
    for (int tries = 0; tries < enough; ++tries) {
      co_await hear(5ms);
      auto const [least, most] = m.counted(begun_, self_.now());
      if (gone_ && most > m.intensity) {
        m.find(victim)->alive = false;
        auto const then = m.end();
        co_return co_await comes_true(m, then, victim);
      }
      otp then = m;
      auto const follows = then.restarted(victim);
      bool const so = co_await is_true(then, follows, victim);
      if (so && least <= m.intensity) {
        then.count(begun_, self_.now());
        m = then;
        co_return true;
      }
      if (stopped()) co_return false;
    }
    auto const [least, most] = m.counted(begun_, self_.now());
    judge_.fail("{} of {} ended, and what follows did not come true: {} to {} restarts of {}: {}", victim,
                number_, least, most, m.intensity, shown());
    co_return false;
  }

  snow::task<bool> one_request(otp& m) {
    begin_step();
    std::uint64_t const which =
        m.children.empty() || dice_.one_in(8) ? 0 : m.children[dice_.below(m.children.size())].number;
    auto* const c = m.find(which);
    std::string const id = std::to_string(which);
    otp::consequence then;
    child_outcome expected = child_outcome::not_found;
    std::optional<snow::result<snow::child_reply>> answer;
    switch (dice_.below(4)) {
      case 0: {
        auto spec = another(m);
        then.starts = {m.children.back().number};
        auto asking = self_.ask<snow::start_child>(supervisor_, spec).within(1min);
        answer.emplace(co_await snow::as_result(std::move(asking)));
        expected = child_outcome::done;
        break;
      }
      case 1: {
        if (c) expected = child_outcome::done;
        if (c && c->alive) then.stops = {which};
        if (c) m.stopped(which);
        auto asking = self_.ask<snow::terminate_child>(supervisor_, id).within(1min);
        answer.emplace(co_await snow::as_result(std::move(asking)));
        break;
      }
      case 2: {
        if (c) expected = c->alive ? child_outcome::running : child_outcome::done;
        if (c && !c->alive) then.starts = {which}, c->alive = true;
        auto asking = self_.ask<snow::restart_child>(supervisor_, id).within(1min);
        answer.emplace(co_await snow::as_result(std::move(asking)));
        break;
      }
      default: {
        if (c) expected = c->alive ? child_outcome::running : child_outcome::done;
        if (c && !c->alive) std::erase_if(m.children, [&](auto& x) { return x.number == which; });
        auto asking = self_.ask<snow::delete_child>(supervisor_, id).within(1min);
        answer.emplace(co_await snow::as_result(std::move(asking)));
        break;
      }
    }
    if (stopped()) co_return false;
    if (!*answer) {
      judge_.fail("a request failed with {}", answer->error().what());
      co_return false;
    }
    judge_.expect((*answer)->outcome == expected, "a request was answered with {}, not {}: {}",
                  static_cast<int>((*answer)->outcome), static_cast<int>(expected), (*answer)->why);
    co_return co_await comes_true(m, then, 0);
  }

  /// Whether that is what has happened since the step began: the end of the victim, if any, these stops in
  /// this order, these starts in this order (epochs tell), and nothing else.
  snow::task<bool> is_true(const otp& m, const otp::consequence& then, std::uint64_t victim) {
    auto const& family = lives_.of(number_);
    std::vector<std::uint64_t> ended;
    if (victim != 0) ended.push_back(victim);
    ended.insert(ended.end(), then.stops.begin(), then.stops.end());
    std::vector<std::uint64_t> const ends{family.ends.begin() + static_cast<std::ptrdiff_t>(ends_before_),
                                          family.ends.end()};
    std::vector<std::uint64_t> started;
    std::uint64_t last_epoch = 0;
    for (std::size_t i = lives_before_; i < family.lives.size(); ++i) {
      judge_.expect(family.lives[i].epoch > last_epoch, "an epoch of {} does not grow", number_);
      last_epoch = family.lives[i].epoch;
      started.push_back(family.lives[i].child);
    }
    if (ends != ended || started != then.starts || then.ends != gone_.has_value()) co_return false;
    if (gone_) co_return lives_.count_living(number_) == 0;
    auto asking = self_.ask<snow::which_children>(supervisor_).within(1min);
    auto const all = co_await snow::as_result(std::move(asking));
    if (!all || all->size() != m.children.size()) co_return false;
    for (std::size_t i = 0; i < all->size(); ++i)
      if ((*all)[i].id != m.children[i].id() || bool((*all)[i].pid) != m.children[i].alive) co_return false;
    co_return true;
  }
  snow::task<bool> comes_true(const otp& m, otp::consequence then, std::uint64_t victim) {
    for (int tries = 0; tries < enough; ++tries) {
      bool const so = co_await is_true(m, then, victim);
      if (so) co_return true;
      if (stopped()) co_return false;
      co_await hear(5ms);
    }
    std::string expected;
    for (auto const s : then.stops) expected += fmt::format("-{} ", s);
    for (auto const s : then.starts) expected += fmt::format("+{} ", s);
    judge_.fail("of {} is to follow {}{}, and did not: {}", number_, expected, then.ends ? "." : "", shown());
    co_return false;
  }
  std::string shown() {
    auto const& family = lives_.of(number_);
    std::string all;
    for (std::size_t i = ends_before_; i < family.ends.size(); ++i)
      all += fmt::format("-{} ", family.ends[i]);
    for (std::size_t i = lives_before_; i < family.lives.size(); ++i)
      all += fmt::format("+{} ", family.lives[i].child);
    return gone_ ? all + gone_->to_string() : all;
  }

  // ---- children on other nodes

  snow::task<bool> supervises_there(std::string name, bool gently) {
    begin_another();
    std::uint64_t const child = next_child_++;
    snow::supervision what{.intensity = 1'000'000, .period = 1s};
    snow::child_spec spec{
        .id = "there", .start = snow::start<member>(number_, child, false), .nodes = {name}};
    auto const& names = course::of_run().names;
    if (dice_.one_in(2)) spec.nodes.push_back(names[dice_.below(names.size())]);
    spec.failover_delay = dice_.one_in(2) ? 0ms : dice_.between(0ms, 5s);
    what.back_off = {.first = 100ms, .greatest = 1s};  // nodes that are away are tried for ever
    what.children.push_back(spec);
    supervisor_ = self_.spawn_link<snow::supervisor>(what);
    std::vector<snow::pid> known;
    for (std::uint64_t steps = dice_.between(1, 20); !gone_ && steps != 0; --steps) {
      snow::duration const listening = dice_.between(0ms, gently ? 100ms : 2s);
      co_await hear(listening);
      auto asking = self_.ask<snow::which_children>(supervisor_).within(1s);
      auto const all = co_await snow::as_result(std::move(asking));
      if (all && !all->empty() && (*all)[0].pid) known.push_back((*all)[0].pid);
      // Where windows are narrow, each takes a round trip.
      if (!known.empty() && !gently) self_.send<touch>(known[dice_.below(known.size())]);
      if (known.empty() || !dice_.one_in(3)) continue;
      if (dice_.one_in(2))
        self_.exit(known.back(), snow::kill);
      else
        self_.send<end_now>(known.back(), static_cast<way>(dice_.below(4)));
    }
    bool good = true;
    // All is mended: it comes to run, and is the only one.
    if (course::of_run().over) good = co_await settles(child, gently);
    self_.exit(supervisor_, snow::errc::shutdown);
    co_await ends();
    if (stopped()) co_return false;
    judge_.expect(gone_.has_value(), "the supervisor {} does not end", number_);
    co_return good;
  }
  /// False: its first start failed, which may be.
  snow::task<bool> settles(std::uint64_t child, bool gently) {
    for (int tries = 0; tries < enough; ++tries) {
      co_await hear(100ms);
      if (gone_ || stopped()) co_return false;
      if (lives_.living(number_, child) && lives_.count_living(number_) == 1) co_return true;
    }
    judge_.expect(!gently, "all is mended, and {} children of {} live", lives_.count_living(number_),
                  number_);
    co_return false;
  }

  // ---- both

  void begin_another() {
    number_ = judge_.number();
    gone_.reset();
    begin_step();
  }
  void begin_step() {
    begun_ = self_.now();
    ends_before_ = lives_.of(number_).ends.size();
    lives_before_ = lives_.of(number_).lives.size();
  }
  snow::task<void> hear(snow::duration d) {
    bool more = true;
    while (more)
      co_await self_.receive(
          [&](const snow::exit_signal& e) {
            if (e.pid == supervisor_) gone_ = e.reason;
          },
          snow::after(d, [&] { more = false; }));
  }
  snow::task<void> ends() {
    for (int tries = 0; !gone_ && !stopped() && tries < enough; ++tries) co_await hear(100ms);
  }
  /// Its node has begun to end in good order, and everything on it.
  bool stopped() const { return snow::environment::current().refusing.load(); }

  static constexpr int enough = 3000;
  register_of_lives& lives_ = register_of_lives::of_run();
  std::uint64_t number_ = 0;
  std::uint64_t next_child_ = 1;
  snow::pid supervisor_;
  std::optional<snow::reason> gone_;
  snow::time_point begun_;
  std::size_t ends_before_ = 0;
  std::size_t lives_before_ = 0;
};

const workload_entry entry{"supervision", make_fleet<supervision_driver>};

}  // namespace sweeping::supervision

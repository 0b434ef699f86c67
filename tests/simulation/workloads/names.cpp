#include <array>
#include <map>
#include <set>

#include "simulation/workloads/driver.hpp"

// A few names on each node, which actors take, give up and lose with their lives, while others send and ask
// there, by name and by pid in turns.

namespace sweeping::names {

constexpr std::array<const char*, 3> few{"red", "green", "blue"};

/// Who holds which name of which incarnation, as far as can be known.
class ledger {
 public:
  static ledger& of_run() { return *now; }
  ledger() { now = this; }
  ~ledger() { now = nullptr; }
  ledger(const ledger&) = delete;

  /// `registered` has succeeded: then who had the name has ended (S-31).
  void took(const std::string& incarnation, const std::string& name, std::uint64_t holder) {
    auto& now_holder = holders_[{incarnation, name}];
    if (now_holder != 0) over_.insert(now_holder);
    now_holder = holder;
    held_.insert({holder, name});
  }
  void let_go(const std::string& incarnation, const std::string& name, std::uint64_t holder) {
    auto const it = holders_.find({incarnation, name});
    if (it != holders_.end() && it->second == holder) holders_.erase(it);
  }
  /// It is known to have ended: no name is its own (S-31).
  void ended(std::uint64_t holder) {
    over_.insert(holder);
    std::erase_if(holders_, [&](auto const& h) { return h.second == holder; });
  }
  bool may_be_held(const std::string& incarnation, const std::string& name) const {
    return holders_.contains({incarnation, name});
  }
  bool has_held(std::uint64_t holder, const std::string& name) const {
    return held_.contains({holder, name});
  }
  bool is_over(std::uint64_t holder) const { return over_.contains(holder); }

  std::multiset<std::string> doors;  ///< the nodes whose doorkeepers live

 private:
  static inline ledger* now = nullptr;
  std::map<std::pair<std::string, std::string>, std::uint64_t> holders_;  // by incarnation and name
  std::set<std::pair<std::uint64_t, std::string>> held_;
  std::set<std::uint64_t> over_;
};

struct note {
  std::uint64_t number = 0;  ///< the judge's
  std::uint64_t writer = 0;
  std::uint64_t n = 0;  ///< of that writer's
  std::string name;
  snow::pid to;  ///< null: sent to the name
};
struct identity {
  std::uint64_t holder = 0;
  snow::pid pid;
};
struct who_is {
  using reply_type = identity;
};
struct let_go {};

/// Takes a name, if nobody has it, and holds it until it is told otherwise.
class holder_body {
 public:
  holder_body(snow::context& self, const std::string& incarnation, std::uint64_t number, std::string name)
      : self_{self}, incarnation_{incarnation}, number_{number}, name_{std::move(name)} {}

  bool take() {
    try {
      self_.register_name(name_);
    } catch (const snow::error& e) {
      judge_.expect(e == snow::errc::name_in_use, "registering failed with {}", e.what());
      judge_.expect(ledger_.may_be_held(incarnation_, name_), "{} is in use, and nobody has it", name_);
      return false;
    }
    ledger_.took(incarnation_, name_, number_);
    judge_.expect(self_.whereis(name_) == self_.id(), "{} is not whom it was given to", name_);
    return true;
  }
  snow::task<void> hold() {
    for (bool more = true; more;)
      co_await self_.receive([&](const note& m) { read(m); },
                             [&](who_is) {
                               lives();
                               return identity{number_, self_.id()};
                             },
                             [&](let_go) {
                               lives();
                               self_.unregister_name(name_);
                               ledger_.let_go(incarnation_, name_, number_);
                               judge_.expect(self_.whereis(name_) != self_.id(), "{} was not let go", name_);
                               more = number_ % 2 == 0 && take();
                             });
  }

 private:
  void lives() { judge_.expect(!ledger_.is_over(number_), "one acts that had ended"); }
  void read(const note& m) {
    lives();
    judge_.once("note", m.number);
    if (m.to)
      judge_.expect(m.to == self_.id(), "a note came to another process than it was sent to");
    else
      judge_.expect(ledger_.has_held(number_, m.name), "a note to {} came to who never was it", m.name);
    std::uint64_t& last = last_[m.writer];
    judge_.expect(m.n > last, "note {} of {} came after {}", m.n, m.writer, last);
    last = m.n;
  }

  snow::context& self_;
  judge& judge_ = judge::of_run();
  ledger& ledger_ = ledger::of_run();
  std::string const incarnation_;
  std::uint64_t const number_;
  std::string const name_;
  std::map<std::uint64_t, std::uint64_t> last_;  // note of each writer
};

snow::actor holder(snow::context& self, std::string incarnation, std::uint64_t number, std::string name,
                   bool has_it) {
  holder_body body{self, incarnation, number, std::move(name)};
  if (!has_it && !body.take()) co_return;
  co_await body.hold();
}

class open_door {
 public:
  explicit open_door(const std::string& node) : it_{ledger::of_run().doors.insert(node)} {}
  ~open_door() { ledger::of_run().doors.erase(it_); }
  open_door(const open_door&) = delete;

 private:
  std::multiset<std::string>::iterator it_;
};

/// Has the name that nobody else wants, as long as its node is up and anybody may ask.
snow::actor doorkeeper(snow::context& self) {
  open_door const door{self.node().name()};
  while (!course::of_run().done)
    co_await self.receive([&](who_is) { return identity{0, self.id()}; }, snow::after(1s, [] {}));
}

class names_driver final : public driver {
 public:
  using driver::driver;
  static constexpr std::uint64_t burst = 20'000;
  using model = ledger;

  snow::task<void> run() override {
    try {
      self_.spawn<doorkeeper>(snow::spawn_options{.name = "door"});
    } catch (const snow::error& e) {
      if (e == snow::errc::shutting_down) throw;
      judge_.expect(e == snow::errc::name_in_use, "the doorkeeper failed with {}", e.what());
    }
    co_await driver::run();
    for (auto const& [monitor, h] : holders_) self_.exit(h.pid, snow::kill);
  }

 private:
  struct held {
    std::uint64_t number;
    snow::pid pid;
  };

  snow::task<bool> round_with(std::string name, bool gently) override {
    std::string const there = dice_.one_in(3) && !gently ? self_.node().name() : name;
    if (there == name) {
      auto const peer = co_await connected(name, gently);
      if (!peer) co_return false;
    }
    if (gently) co_return co_await is_at_the_door(name);
    std::uint64_t const many = dice_.between(1, 8);
    for (std::uint64_t i = 0; i < many; ++i) {
      if (dice_.one_in(2)) changes_hands();
      if (dice_.one_in(2)) writes(there);
      if (dice_.one_in(4)) co_await asks(there);
      snow::duration const listening = dice_.one_in(2) ? snow::duration{} : dice_.between(0ms, 20ms);
      co_await hears_of_ends(listening);
    }
    co_return true;
  }
  snow::task<bool> is_at_the_door(std::string name) {
    bool const was_open = ledger::of_run().doors.contains(name);
    auto asking = self_.ask<who_is>(snow::named{"door", name});
    auto const who = co_await ends_within(10s, "ask", std::move(asking));
    if (who) co_return true;
    bool const closed = who.error() == snow::errc::no_process && !was_open;
    co_return !closed && failed(who.error(), "ask the doorkeeper");
  }

  std::string any_name() { return few[dice_.below(few.size())]; }
  void changes_hands() {
    std::string const name = any_name();
    switch (dice_.below(5)) {
      case 0: {
        std::uint64_t const number = judge_.number();
        auto const made = self_.spawn_monitor<holder>(incarnation_, number, name, false);
        holders_.emplace(made.monitor.number, held{number, made.pid});
        break;
      }
      case 1:
        try {
          std::uint64_t const number = judge_.number();
          auto const made = self_.spawn_monitor<holder>(snow::spawn_options{.name = name}, incarnation_,
                                                        number, name, true);
          ledger_.took(incarnation_, name, number);
          holders_.emplace(made.monitor.number, held{number, made.pid});
        } catch (const snow::error& e) {
          if (e == snow::errc::shutting_down) throw;
          judge_.expect(e == snow::errc::name_in_use, "a spawn failed with {}", e.what());
          judge_.expect(ledger_.may_be_held(incarnation_, name), "{} is in use, and nobody has it", name);
        }
        break;
      case 2:
        if (auto const* const h = any_holder()) self_.exit(h->pid, snow::kill);
        break;
      case 3:
        if (auto const* const h = any_holder()) self_.send<let_go>(h->pid);
        break;
      case 4:
        judge_.expect(!self_.whereis(name) || ledger_.may_be_held(incarnation_, name),
                      "{} is somebody's, and nobody has it", name);
        break;
    }
  }
  const held* any_holder() {
    if (holders_.empty()) return nullptr;
    return &std::next(holders_.begin(), static_cast<std::ptrdiff_t>(dice_.below(holders_.size())))->second;
  }
  void writes(const std::string& node) {
    std::string const name = any_name();
    std::uint64_t const many = dice_.between(1, 5);
    auto const known = known_.find({node, name});
    for (std::uint64_t i = 0; i < many; ++i) {
      std::uint64_t const number = judge_.number();
      if (known != known_.end() && dice_.one_in(2)) {
        self_.send<note>(known->second, number, writer_, ++notes_, name, known->second);
      } else {
        self_.send<note>(snow::named{name, node}, number, writer_, ++notes_, name, snow::pid{});
      }
    }
  }
  snow::task<void> asks(std::string node) {
    std::string const name = any_name();
    auto asking = self_.ask<who_is>(snow::named{name, node});
    snow::duration const limit = patience(false, 2s);
    auto const who = co_await ends_within(limit, "ask", std::move(asking));
    if (who) {
      judge_.expect(ledger_.has_held(who->holder, name), "{} was answered by who never was it", name);
      known_[{node, name}] = who->pid;
    } else {
      auto const& e = who.error();
      // By the reason of the holder's end, if that came first (S-11).
      judge_.expect(may_fail_by_network(e) || e == snow::errc::no_process || e == snow::errc::killed ||
                        e == snow::errc::normal,
                    "ask {} failed with {}", name, e.what());
    }
  }
  snow::task<void> hears_of_ends(snow::duration d) {
    for (bool more = true; more;)
      co_await self_.receive(
          [&](const snow::down& down) {
            auto const it = holders_.find(down.monitor.number);
            judge_.expect(it != holders_.end(), "a second down of one monitor");
            if (it == holders_.end()) return;
            judge_.expect(down.reason == snow::errc::normal || down.reason == snow::errc::killed ||
                              ended_with_us(down.reason),
                          "a holder ended with {}", down.reason.to_string());
            ledger_.ended(it->second.number);
            holders_.erase(it);
          },
          snow::after(d, [&] { more = false; }));
  }

  ledger& ledger_ = ledger::of_run();
  std::string const incarnation_ = course::of_run().incarnation_of(self_.node().name());
  std::uint64_t const writer_ = judge_.number();
  std::uint64_t notes_ = 0;
  std::map<std::uint64_t, held> holders_;                           // by their monitors
  std::map<std::pair<std::string, std::string>, snow::pid> known_;  // who answered last, by node and name
};

const workload_entry entry{"names", make_fleet<names_driver>};

}  // namespace sweeping::names

#include <map>
#include <set>
#include <stdexcept>

#include "simulation/workloads/driver.hpp"

// Actors here and on other nodes that end in every way, and many monitors of each, some undone, some of a
// third node.

namespace sweeping::monitors {

/// How the watched came to their ends, each known by a number of the judge's.
class ends {
 public:
  static ends& of_run() { return *now; }
  ends() { now = this; }
  ~ends() { now = nullptr; }
  ends(const ends&) = delete;

  struct end {
    std::string node{};   ///< where it is
    bool killed = false;  ///< somebody asked for that
    bool over = false;    ///< its frame is gone
    std::uint64_t reports = 0;
    snow::reason own{};  ///< what it meant to end with
    bool means_to = false;
  };
  end& of(std::uint64_t number) { return all_[number]; }

 private:
  static inline ends* now = nullptr;
  std::map<std::uint64_t, end> all_;
};

/// The n-th from that one to its parent.
struct report {
  std::uint64_t number = 0;
  std::uint64_t n = 0;
};

enum class way : std::uint8_t { returns, throws, says, waits };

snow::actor watched(snow::context& self, std::uint64_t number, way how, std::uint32_t ms,
                    std::uint32_t reports) {
  struct guard {
    std::uint64_t number;
    ~guard() { ends::of_run().of(number).over = true; }
  } const life{number};
  judge::of_run().once("start", number);
  auto& end = ends::of_run().of(number);
  auto const tells = [&] { self.send<report>(self.parent(), number, ++end.reports); };
  for (std::uint32_t i = 0; i < reports; ++i) {
    tells();
    if (ms != 0) co_await sleep(self, std::chrono::milliseconds{ms});
  }
  // Nobody may know that it is there.
  if (how == way::waits) co_await sleep(self, 30s);
  for (std::uint32_t i = 0; i < reports; ++i) tells();
  end.means_to = true;
  if (how == way::throws) {
    end.own = {snow::errc::exception, "enough"};
    throw std::runtime_error{"enough"};
  }
  if (how == way::says) {
    end.own = "farewell";
    self.exit(self.id(), "farewell");
    co_await self.sleep_for(24h);
  }
}
SNOW_REGISTER(watched);

/// Whether a `down` may say that of it.
void check(judge& judge, std::uint64_t number, const snow::reason& why, bool local) {
  auto const& end = ends::of_run().of(number);
  bool const stopped = judge.was_stopped(id_of(end.node));
  bool good = false;
  if (why == snow::errc::no_connection)
    good = !local;
  else if (why == snow::errc::no_process)
    good = end.over ||
           ((end.killed || stopped) && !judge.has_happened("start", number));  // before its first instruction
  else if (why == snow::errc::killed)
    good = end.killed || stopped;
  else if (why == snow::errc::shutdown)
    good = stopped;
  else
    good = end.means_to && why == end.own;
  judge.expect(good, "{} ended with {}; it {} over, was {}killed, had the reason {}", number, why.to_string(),
               end.over ? "is" : "is not", end.killed ? "" : "not ", end.own.to_string());
}

/// Watches, on whatever node, somebody of another until that one ends.
snow::actor bystander(snow::context& self, std::uint64_t number, snow::pid who, std::uint32_t monitors) {
  judge& judge = judge::of_run();
  std::set<std::uint64_t> open;
  for (std::uint32_t i = 0; i < monitors; ++i) open.insert(self.monitor(who).number);
  snow::pid const parent = self.parent();
  std::uint64_t const own = self.monitor(parent).number;
  for (bool more = true; more && !open.empty();)
    co_await self.receive([&](const snow::down& d) {
      if (d.monitor.number == own) {
        more = false;
        return;
      }
      judge.expect(open.erase(d.monitor.number) == 1, "a second down of one monitor");
      judge.expect(d.pid == who, "a down of another process");
      check(judge, number, d.reason, false);
    });
}
/// Watches its parent, often, and ends: nothing of that is to stay.
snow::actor passer(snow::context& self) {
  constexpr int often = 50;
  for (int i = 0; i < often; ++i) self.monitor(self.parent());
  co_return;
}
SNOW_REGISTER(bystander, passer);

class monitors_driver final : public driver {
 public:
  using driver::driver;
  using model = ends;
  static constexpr std::uint64_t burst = 20'000;

  snow::task<void> run() override {
    for (auto const& name : course::of_run().names) self_.monitor_node(name);
    co_await driver::run();
  }

 private:
  struct watching {
    snow::monitor_ref monitor;
    std::uint64_t connection = 0;  ///< so many to its node had ended before
  };
  struct target {
    std::uint64_t number;
    snow::pid pid;
    bool local;
    std::string node = {};
    std::uint64_t connection = 0;                 ///< so many to its node had ended before it was started
    std::uint64_t whole_since = 0;                ///< the monitor that was there before it began
    bool lost = false;                            ///< was out of reach once
    std::map<std::uint64_t, watching> open = {};  ///< by the numbers of the monitors
  };

  snow::task<bool> round_with(std::string name, bool gently) override {
    auto const peer = co_await connected(name, gently);
    if (!peer) co_return false;
    lost_ = false;
    // What all drivers' rounds can have open at once is less.
    constexpr std::size_t most = 1000;
    for (auto const& s : self_.node().info().sessions)
      judge_.expect(s.monitors <= most, "{} monitors between {} and {}", s.monitors, self_.node().name(),
                    s.peer);
    auto passing = peer->spawn<passer>();
    snow::duration const limit = patience(gently, 5s);
    auto const passes = co_await ends_within(limit, "spawn", std::move(passing));
    bool good = passes || failed(passes.error(), "spawn a passer");
    std::uint64_t const many = dice_.between(1, 4);
    for (std::uint64_t i = 0; i < many && good; ++i) good = co_await starts_one(*peer, name, gently);
    co_await hear(0ms);
    std::uint64_t const steps = dice_.between(1, 20);
    for (std::uint64_t i = 0; i < steps && good; ++i) {
      if (auto* const t = any()) {
        switch (dice_.below(5)) {
          case 0:
          case 1:
            watch(*t);
            break;
          case 2:
            undo(*t);
            break;
          case 3:
            good = co_await shows(t->number, t->pid, gently);
            break;
          case 4:
            if (dice_.one_in(3)) kill(*t);
            break;
        }
      }
      snow::duration const listening = dice_.one_in(2) ? snow::duration{} : dice_.between(0ms, 50ms);
      co_await hear(listening);
    }
    for (auto& [pid, t] : targets_) {
      if (t.open.empty()) watch(t);
      kill(t);
    }
    constexpr int enough = 600;
    for (int i = 0; !targets_.empty() && i < enough; ++i) co_await hear(200ms);
    for (auto const& [pid, t] : targets_) judge_.fail("{} downs of {} did not come", t.open.size(), t.number);
    targets_.clear();
    co_return good && !lost_;
  }

  snow::task<bool> starts_one(const snow::peer& peer, std::string name, bool gently) {
    co_await hear(0ms);
    std::uint64_t const number = judge_.number();
    bool const here = dice_.one_in(4);
    std::string const node = here ? self_.node().name() : name;
    std::uint64_t const connection = ended_[node];
    ends_.of(number).node = node;
    auto const how = static_cast<way>(dice_.below(4));
    auto const ms = static_cast<std::uint32_t>(dice_.one_in(3) ? 0 : dice_.below(100));
    auto const reports = static_cast<std::uint32_t>(dice_.below(5));
    if (here) {
      auto const made = self_.spawn_monitor<watched>(number, how, ms, reports);
      add({number, made.pid, true, node, connection}, made.monitor);
      co_return true;
    }
    snow::duration const limit = patience(gently, 5s);
    if (dice_.one_in(2)) {
      auto starting = peer.spawn_monitor<watched>(number, how, ms, reports);
      auto const made = co_await ends_within(limit, "spawn_monitor", std::move(starting));
      if (!made) co_return failed(made.error(), "spawn");
      add({number, made->pid, false, node, connection}, made->monitor);
    } else {
      auto starting = peer.spawn<watched>(number, how, ms, reports);
      auto const made = co_await ends_within(limit, "spawn", std::move(starting));
      if (!made) co_return failed(made.error(), "spawn");
      add({number, *made, false, node, connection}, {});
    }
    co_return true;
  }
  void add(target t, const snow::monitor_ref& m) {
    t.whole_since = m.number;
    if (m.number != 0) t.open.emplace(m.number, watching{m, t.connection});
    auto const pid = t.pid;
    targets_.emplace(pid, std::move(t));
  }
  target* any() {
    if (targets_.empty()) return nullptr;
    return &std::next(targets_.begin(), static_cast<std::ptrdiff_t>(dice_.below(targets_.size())))->second;
  }
  /// Directly after all that has come was heard: the connection is the one that is thought of.
  void watch(target& t) {
    auto const m = self_.monitor(t.pid);
    judge_.expect(t.open.emplace(m.number, watching{m, ended_[t.node]}).second,
                  "two monitors with one number");
  }
  void undo(target& t) {
    if (t.open.empty()) return;
    auto const it = std::next(t.open.begin(), static_cast<std::ptrdiff_t>(dice_.below(t.open.size())));
    self_.demonitor(it->second.monitor);
    t.open.erase(it);
  }
  void kill(target& t) {
    ends_.of(t.number).killed = true;
    self_.exit(t.pid, snow::kill);
  }
  /// Somebody there, or on a third node that is connected to its node or is not, watches it too.
  snow::task<bool> shows(std::uint64_t number, snow::pid who, bool gently) {
    auto const& names = course::of_run().names;
    std::string const node = names[dice_.below(names.size())];
    if (node == self_.node().name()) co_return true;
    auto const peer = co_await connected(node, gently);
    if (!peer) co_return false;
    auto const monitors = static_cast<std::uint32_t>(dice_.between(1, 4));
    auto starting = peer->spawn<bystander>(number, who, monitors);
    snow::duration const limit = patience(gently, 5s);
    auto const made = co_await ends_within(limit, "spawn", std::move(starting));
    if (!made) co_return failed(made.error(), "spawn a bystander");
    co_return true;
  }

  /// What has come, or comes within that time.
  snow::task<void> hear(snow::duration d) {
    for (bool more = true; more;)
      co_await self_.receive(
          [&](const report& r) { came(r); }, [&](const snow::down& down) { came(down); },
          [&](const snow::node_up& up) { came(up.name, true); },
          [&](const snow::node_down& down) {
            came(down.name, false);
            judge_.expect(down.reason != snow::errc::shutdown || judge_.was_stopped(id_of(down.name)),
                          "{} said goodbye", down.name);
          },
          snow::after(d, [&] { more = false; }));
  }
  void came(const report& r) {
    std::uint64_t& last = reports_[r.number];
    // Only a connection that broke leaves a gap, and what comes behind it comes by another.
    judge_.expect(r.n > last, "report {} of {} came after {}", r.n, r.number, last);
    last = r.n;
    for (auto const& [pid, t] : targets_)
      if (t.number == r.number && !t.local) brings(t.node, t.connection);
  }
  /// A connection before which so many had ended: the downs of those have come (S-25).
  void brings(const std::string& node, std::uint64_t connection) {
    for (auto const& [pid, t] : targets_)
      for (auto const& [number, w] : t.open)
        judge_.expect(t.node != node || w.connection >= connection,
                      "a new connection of {} and {} brought something before the down of {}",
                      self_.node().name(), node, t.number);
  }
  void came(const snow::down& d) {
    auto const it = targets_.find(d.pid);
    judge_.expect(it != targets_.end(), "a down of nobody that is watched");
    if (it == targets_.end()) return;
    target& t = it->second;
    judge_.expect(t.open.erase(d.monitor.number) == 1, "a down of what is not watched, or a second one");
    check(judge_, t.number, d.reason, t.local);
    if (d.reason == snow::errc::no_connection) t.lost = lost_ = true;
    // All that it said came before (S-24).
    bool const whole = t.whole_since == d.monitor.number || t.local;
    if (whole && !t.lost)
      judge_.expect(reports_[t.number] == ends_.of(t.number).reports,
                    "a down of {} came after {} of {} reports", t.number, reports_[t.number],
                    ends_.of(t.number).reports);
    if (t.open.empty()) targets_.erase(it);
  }
  /// A session begins and ends by turns (S-25).
  void came(const std::string& node, bool up) {
    auto const [it, first] = up_.try_emplace(node, up);
    judge_.expect(first || it->second != up, "two events of {} in a row: {}", node, up ? "up" : "down");
    it->second = up;
    if (up)
      brings(node, ended_[node]);
    else
      ++ended_[node];
  }

  ends& ends_ = ends::of_run();
  std::map<snow::pid, target> targets_;
  std::map<std::uint64_t, std::uint64_t> reports_;  // the last of each
  std::map<std::string, bool> up_;
  std::map<std::string, std::uint64_t> ended_;  // connections to each node
  bool lost_ = false;
};

const workload_entry entry{"monitors", make_fleet<monitors_driver>};

}  // namespace sweeping::monitors

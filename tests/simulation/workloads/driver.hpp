#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulation/workload.hpp"
#include "snow/actor.hpp"

// What workloads have in common: drivers on each node, who do this and that with another node, round after
// round, and when all is mended, show that everything succeeds again.

namespace sweeping {

using namespace std::chrono_literals;
using snow::testing::dice;

/// Actors share windows: those that are held up by each other are ended one after the other.
inline constexpr snow::duration patient = 8 * snow::limits{}.stall + 1min;

/// What the actors of a run know of it.
struct course {
  bool over = false;  ///< all is mended, and is to come to its end
  bool done = false;  ///< all drivers have come to their end
  setting of;
  std::vector<std::string> names;  ///< of all nodes
  /// So much later than its deadline a wait may end on a computer that nothing holds up.
  snow::duration grace;
  /// Bytes that a connection takes at a time: where they are few, large messages cost much time of ours.
  std::size_t at_a_time;
  std::map<std::string, int> starts;  ///< of nodes, by name
  static course& of_run() { return *now; }
  /// What names that node from its last start on.
  std::string incarnation_of(const std::string& name) const {
    return name + "/" + std::to_string(starts.at(name));
  }

  course(const setting& s, std::uint64_t burst) : of{s}, grace{20ms + 10 * s.options.pace.wake_most} {
    auto const& w = s.options.weather;
    at_a_time = std::min({w.write_most, w.read_most, w.buffer});
    // Who sent too much is held up at its next await, whatever that waits for (S-38).
    if (of.options.node.limits.outbox_high < 10 * burst) grace += of.options.node.deadline;
    for (auto const& id : s.ids) names.push_back(id + "@" + id + ":1");
    now = this;
  }
  ~course() { now = nullptr; }
  course(const course&) = delete;
  course& operator=(const course&) = delete;

 private:
  static inline course* now = nullptr;
};

inline std::string id_of(const std::string& name) {
  return name.substr(0, name.find('@'));
}

/// Whether it was the orderly end of its node that ended an actor: of the node of that name, or of any
/// (S-32).
inline bool ended_with_node(const snow::reason& why, const std::string& node = {}) {
  return (why == snow::errc::shutdown || why == snow::errc::killed) &&
         judge::of_run().was_stopped(id_of(node));
}

/// Whether what was asked of another node failed as faults of nodes and networks make it fail.
inline bool may_fail_by_network(const snow::error& e) {
  return e == snow::errc::no_connection || e == snow::errc::timed_out || e == snow::errc::overloaded ||
         e == snow::errc::shutting_down || e == snow::errc::name_in_use || ended_with_node(e.which()) ||
         (e == snow::errc::bad_version && judge::of_run().has_befallen("version", {}));
}

/// From before an operation to its end, which is not later than its deadline.
class stopwatch {
 public:
  stopwatch(snow::context& self, snow::duration limit)
      : self_{self}, limit_{limit}, by_own_clock_{self.now()}, begun_{judge::of_run().now()} {}

  void ended(std::string_view what, bool by_deadline) const {
    judge& judge = judge::of_run();
    judge.expect(!by_deadline || self_.now() - by_own_clock_ >= limit_, "{} ended before its deadline", what);
    snow::duration const late = judge.now() - begun_ - limit_;
    snow::duration const grace = course::of_run().grace;
    if (late <= grace + (limit_ + grace) / 16) return;  // its clock may be slower than time
    std::string const& name = self_.node().name();
    judge.expect(judge.was_held_up(id_of(name), begun_, judge.now()),
                 "{} on {} ended {} us after its deadline of {} us", what, name, late.count() / 1000,
                 limit_.count() / 1000);
  }

 private:
  snow::context& self_;
  snow::duration const limit_;
  snow::time_point const by_own_clock_;
  snow::duration const begun_;
};

/// `as_result(op.within(limit))`, held against the promise that it ends by then (S-11, S-16).
template <snow::operation Operation>
snow::task<snow::result<typename Operation::value_type>> ends_within(snow::context& self,
                                                                     snow::duration limit,
                                                                     std::string_view what, Operation op) {
  stopwatch const watch{self, limit};
  auto bounded = std::move(op).within(limit);
  auto given = co_await snow::as_result(std::move(bounded));
  watch.ended(what, !given && given.error() == snow::errc::timed_out);
  co_return given;
}

/// The same for a send, whose deadline is its node's (S-38).
inline snow::task<snow::result<void>> sent(snow::context& self, snow::send_operation op) {
  stopwatch const watch{self, course::of_run().of.options.node.deadline};
  auto given = co_await snow::as_result(std::move(op));
  watch.ended("an awaited send", false);
  co_return given;
}

/// Never shorter (S-15), and not much longer.
inline snow::task<void> sleep(snow::context& self, snow::duration d) {
  stopwatch const watch{self, d};
  co_await self.sleep_for(d);
  watch.ended("a sleep", true);
}

class driver {
 public:
  /// What all drivers of a run know together, if that is more than the judge does.
  struct model {};
  static constexpr bool refuses = false;

  driver(snow::context& self, std::uint64_t seed) : self_{self}, dice_{seed} {}
  virtual ~driver() = default;

  virtual snow::task<void> run() {
    auto const& names = course::of_run().names;
    while (!course::of_run().over) {
      std::string const name = names[dice_.below(names.size())];
      if (name != self_.node().name()) co_await round_with(name, false);
      snow::duration const rest = dice_.between(snow::duration{1ms}, longest_rest_);
      co_await sleep(self_, rest);
    }
    for (auto const& name : names)
      if (name != self_.node().name()) co_await comes_through(name);
  }

 protected:
  /// False if something failed that may. Gently: all is mended, and with patience everything succeeds.
  virtual snow::task<bool> round_with(std::string name, bool gently) = 0;

  snow::task<void> comes_through(std::string name) {
    constexpr int enough = 30;
    for (int tries = 0; tries < enough; ++tries) {
      bool const good = co_await round_with(name, true);
      if (good) co_return;
      co_await sleep(self_, 1s);
    }
    judge_.fail("{} does not come through to {} though all is mended", self_.node().name(), name);
  }

  snow::duration patience(bool gently, snow::duration most) {
    return gently ? snow::duration{10s} : dice_.between(snow::duration{1ms}, most);
  }
  template <class Operation>
  auto ends_within(snow::duration limit, std::string_view what, Operation op) {
    return sweeping::ends_within(self_, limit, what, std::move(op));
  }
  snow::task<snow::result<snow::peer>> connected(std::string name, bool gently) {
    auto connecting = self_.node().connect(name);
    snow::duration const limit = patience(gently, 5s);
    auto peer = co_await ends_within(limit, "connect", std::move(connecting));
    if (!peer) failed(peer.error(), "connect");
    co_return peer;
  }
  /// False. A fault if no network makes that.
  bool failed(const snow::error& e, std::string_view what) {
    judge_.expect(may_fail_by_network(e), "{} failed with {}", what, e.what());
    return false;
  }

  /// Whether it was the orderly end of this node that ended an actor here.
  bool ended_with_us(const snow::reason& why) const { return ended_with_node(why, self_.node().name()); }

  snow::context& self_;
  dice dice_;
  snow::duration const longest_rest_ = dice_.between(20ms, 400ms);
  judge& judge_ = judge::of_run();
};

template <class Driver>
snow::actor drives(snow::context& self, std::uint64_t seed) {
  Driver d{self, seed};
  try {
    co_await d.run();
  } catch (const snow::error& e) {
    judge& judge = judge::of_run();
    judge.expect(e == snow::errc::shutting_down && judge.was_stopped(id_of(self.node().name())),
                 "a driver failed with {}", e.what());
  }
}

/// Waits until all that was sent has been taken: what is for actors that are gone trickles through windows
/// that may be narrow.
inline snow::task<void> all_has_gone(snow::context& self) {
  auto const some_waits = [&] {
    auto const info = self.node().info();
    return std::any_of(info.sessions.begin(), info.sessions.end(),
                       [](auto& s) { return s.waiting_bytes != 0 || s.window_used != 0; });
  };
  for (int seconds = 0; some_waits() && seconds < 600; ++seconds) co_await self.sleep_for(1s);
}

/// Looks, ten times a second, at what its node holds.
inline snow::actor inspects(snow::context& self, std::uint64_t burst) {
  judge& judge = judge::of_run();
  auto const& limits = course::of_run().of.options.node.limits;
  while (!course::of_run().over) {
    co_await sleep(self, 100ms);
    auto const info = self.node().info();
    // Each actor is paced from its first await on after the outbox was full (S-36, S-38).
    std::uint64_t const most = limits.outbox_high + info.actors.size() * burst;
    for (std::size_t i = 0; i < info.sessions.size(); ++i) {
      auto const& s = info.sessions[i];
      judge.expect(s.waiting_bytes <= most, "{} bytes of {} to {} wait: more than {}", s.waiting_bytes,
                   info.name, s.peer, most);
      // The last message may overdraw the window (S-62).
      judge.expect(s.window_used <= limits.session_window + burst,
                   "{} bytes of the window of {} to {} are used", s.window_used, info.name, s.peer);
      for (std::size_t k = 0; k < i; ++k)
        judge.expect(info.sessions[k].peer != s.peer, "{} has two sessions with {}", info.name, s.peer);
    }
  }
}

/// A few drivers on each incarnation of each node. `Driver::burst`: bytes that one of its actors sends at
/// most between two awaits, frames and all.
template <class Driver>
class fleet final : public workload {
 public:
  explicit fleet(const setting& s) : dice_{s.seed}, course_{s, Driver::burst} {}

  void start(snow::testing::node& on) override {
    ++course_.starts[on.name()];
    auto& actors = actors_[on.name()];
    actors.push_back(on.spawn<&inspects>(Driver::burst));
    std::uint64_t const n = dice_.between(1, 2);
    for (std::uint64_t i = 0; i < n; ++i) actors.push_back(on.spawn<&drives<Driver>>(dice_.next()));
  }
  void finish() override { course_.over = true; }
  bool is_done() override {
    for (auto const& [node, actors] : actors_)
      for (auto const& a : actors)
        if (!a.has_ended()) return false;
    // Where windows are narrow, one that waits for an answer and takes nothing meanwhile may be ended for
    // that.
    auto const& l = course_.of.options.node.limits;
    bool const may_stall = std::min({l.mailbox_window, l.session_window, l.outbox_high}) < Driver::burst;
    for (auto const& [node, actors] : actors_)
      for (auto const& a : actors) {
        snow::reason const why = *a.exit_reason();
        judge::of_run().expect(why == snow::errc::normal || why == snow::errc::killed ||
                                   (may_stall && why == snow::errc::overloaded) || ended_with_node(why, node),
                               "a driver ended with {}", why.to_string());
      }
    return course_.done = true;
  }
  bool refuses() const override { return Driver::refuses; }

 private:
  dice dice_;
  course course_;
  typename Driver::model model_;
  std::map<std::string, std::vector<snow::testing::spawned>> actors_;  // by the names of their nodes
};

template <class Driver>
std::unique_ptr<workload> make_fleet(const setting& s) {
  return std::make_unique<fleet<Driver>>(s);
}

}  // namespace sweeping

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/cluster/first_wait.hpp"
#include "snow/cluster/supervisor.hpp"
#include "snow/cluster/supervisor_plan.hpp"
#include "snow/node.hpp"

namespace snow::detail {

/// Carries out what its plan says.
class supervising {
 public:
  supervising(context& self, supervision what)
      : self_{self}, plan_{std::move(what), [&self](log_level l, std::string_view text, const pid& about) {
                             environment::current().report(l, "supervisor", text, about ? about : self.id());
                           }} {}

  task<reason> run() {
    self_.trap_exits(true);
    for (;;) {
      auto const step = plan_.next(self_.now());
      switch (step.what) {
        case supervisor_plan::act::start:
          co_await start(step.children.front());
          break;
        case supervisor_plan::act::stop:
          co_await stop(step.children);
          break;
        case supervisor_plan::act::rest:
          if (!asker_.answered()) asker_(plan_.answer());
          co_await rest();
          break;
        case supervisor_plan::act::end:
          co_return plan_.why();
      }
    }
  }

 private:
  using key = supervisor_plan::key;
  static constexpr duration long_time = std::chrono::hours{24};

  task<> start(key k) {
    std::string why;
    for (;;) {
      auto const& c = plan_.at(k);
      epoch const e = plan_.new_epoch(self_.now());
      bool const here = c.spec.nodes.empty() || c.spec.nodes[c.node] == self_.node().name();
      auto starting =
          here ? start_here(c.spec.start, e, why) : start_there(c.spec.start, c.spec.nodes[c.node], e, why);
      auto const made = co_await std::move(starting);
      if (made) {
        plan_.started(made, self_.now());
        if (last_end_) plan_.exited(made, *std::exchange(last_end_, std::nullopt));
        co_return;
      }
      if (!plan_.goes_to_next_node()) break;
      duration const wait = c.spec.failover_delay;
      co_await self_.sleep_for(wait);
    }
    plan_.failed(why, self_.now());
  }
  /// As OTP waits for a child's `init`: until the child waits for the first time. What ends it before has
  /// kept it from starting, unless that is how a child ends well.
  task<pid> start_here(const child_start& what, epoch e, std::string& why) {
    pid made;
    try {
      made = what.here(self_, e);
    } catch (const error& failure) {
      why = failure.what();
    }
    if (!made) co_return made;
    auto waiting = first_wait(self_, made);
    bool const lives = co_await std::move(waiting);
    if (lives) co_return made;
    while (!last_end_)
      co_await self_.receive([&](const exit_signal& s) {
        if (s.pid == made)
          last_end_ = s.reason;
        else
          heard(s);
      });
    if (*last_end_ == errc::normal || *last_end_ == errc::shutdown) co_return made;
    why = std::exchange(last_end_, std::nullopt)->to_string();
    co_return pid{};
  }
  task<pid> start_there(const child_start& what, const std::string& node, epoch e, std::string& why) {
    auto connecting = self_.node().connect(node);
    auto const there = co_await as_result(std::move(connecting));
    if (!there) {
      why = there.error().what();
      co_return pid{};
    }
    auto starting = what.on(*there, e);
    auto const made = co_await as_result(std::move(starting));
    if (made) co_return *made;
    why = made.error().what();
    co_return pid{};
  }

  /// Takes in what ends meanwhile, of whomever.
  task<> stop(const std::vector<key>& which) {
    std::map<std::uint64_t, key> left;
    duration const patience = plan_.patience_with(which.front());
    bool kills = patience == brutal_kill;
    for (key const k : which) {
      pid const& who = plan_.at(k).pid;
      left.emplace(self_.monitor(who).number, k);
      if (kills)
        self_.exit(who, kill);
      else
        self_.exit(who, errc::shutdown);
    }
    bool too_slow = false;
    time_point const begun = self_.now();
    while (!left.empty()) {
      duration const wait = kills ? long_time : std::min(long_time, patience - (self_.now() - begun));
      co_await self_.receive(
          [&](const down& d) {
            auto const it = left.find(d.monitor.number);
            if (it == left.end()) return;
            plan_.stopped(it->second, d.reason, too_slow);
            left.erase(it);
          },
          [&](const exit_signal& e) { heard(e); }, after(wait, [&] {
            if (kills || self_.now() - begun < patience) return;
            kills = too_slow = true;
            for (auto const& [number, k] : left) self_.exit(plan_.at(k).pid, kill);
          }));
    }
  }

  task<> rest() {
    time_point const now = self_.now();
    duration const wait = std::min(long_time, std::max(plan_.wakes_at(), now) - now);
    co_await self_.receive(
        [&](const exit_signal& e) { heard(e); },
        [&](start_child q, reply_to<child_reply> r) { plan_.start_child(std::move(q.child)), answers(r); },
        [&](const terminate_child& q, reply_to<child_reply> r) {
          plan_.terminate_child(q.id, q.pid), answers(r);
        },
        [&](const restart_child& q, reply_to<child_reply> r) { plan_.restart_child(q.id), answers(r); },
        [&](const delete_child& q, reply_to<child_reply> r) { plan_.delete_child(q.id), answers(r); },
        [&](which_children) { return plan_.which_children(); },
        [&](count_children) { return plan_.count_children(); },
        [&](message) {
          environment::current().report(log_level::warning, "supervisor", "an unexpected message",
                                        self_.id());
        },
        after(wait, [] {}));
    plan_.tick(self_.now());
  }
  void answers(reply_to<child_reply>& r) { asker_ = std::move(r); }

  void heard(const exit_signal& e) {
    if (e.pid == self_.parent())
      plan_.finish(e.reason);
    else
      plan_.exited(e.pid, e.reason);
  }

  context& self_;
  supervisor_plan plan_;
  reply_to<child_reply> asker_;
  std::optional<reason> last_end_;  // of a child that ended before it was started
};

}  // namespace snow::detail

#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/base/log.hpp"
#include "snow/base/reason.hpp"
#include "snow/cluster/supervisor_requests.hpp"

namespace snow {

/// What a supervisor is to do next, after whatever became of its children: the rules of OTP's `supervisor`,
/// without actors and time. Whoever carries it out takes a step by `next`, does it, says how it went
/// (`started`, `failed`, `stopped`), and so on until it is to `rest`; then it may hand in requests, and calls
/// `tick` at `wakes_at()`. An end of a child may be told at any moment. O(log children) for each end of a
/// child whose strategy concerns no other.
class supervisor_plan {
 public:
  using report = std::function<void(log_level, std::string_view, const pid& about)>;
  /// Children by their places in the order of starts.
  using key = std::uint64_t;

  enum class act : std::uint8_t { rest, start, stop, end };
  /// A start is of one child, a stop of one, or of some that are stopped together.
  struct step {
    act what = act::rest;
    std::vector<key> children = {};
  };

  struct child {
    enum class state : std::uint8_t { off, running, restarting };

    child_spec spec;
    state is = state::off;
    snow::pid pid = {};                ///< the last
    std::optional<reason> ended = {};  ///< so it ended, and nothing followed yet
    std::size_t node = 0;              ///< among those of the specification
    time_point since = {};             ///< when it was started last
    duration delay = {};               ///< that its last restart waited for, beside a failover's
    time_point restarts_at = time_point::max();
  };

  /// Throws `bad_arguments` for a specification that contradicts itself.
  supervisor_plan(supervision what, report tell);

  /// What to do now.
  step next(time_point now);
  const child& at(key k) const { return children_.at(k); }
  duration patience_with(key k) const;
  /// For the next start.
  epoch new_epoch(time_point now);

  // ---- how the last step went
  void started(const pid& made, time_point now);
  void failed(const std::string& why, time_point now);
  /// The child of that start is to be tried on its next node first. False: all were tried.
  bool goes_to_next_node();
  /// One of its children has ended, in this way; killed, since it took too long.
  void stopped(key k, const reason& why, bool too_slow);

  // ---- at any moment
  /// Nothing, if it is no child, or was stopped.
  void exited(const pid& who, const reason& why);
  /// Stops all, and is to end for that reason.
  void finish(const reason& why);

  // ---- at rest
  time_point wakes_at() const noexcept {
    return waiting_.empty() ? time_point::max() : waiting_.begin()->first;
  }
  void tick(time_point now);
  void start_child(child_spec what);
  void terminate_child(const std::string& id, const pid& who);
  void restart_child(const std::string& id);
  void delete_child(const std::string& id);
  /// To the last request of those, once the plan is at rest again.
  child_reply answer() { return std::move(answer_); }
  std::vector<child_info> which_children() const;
  child_count count_children() const;
  /// For which it is to end.
  const reason& why() const noexcept { return *ending_; }

 private:
  using state = child::state;
  enum class cause : std::uint8_t { beginning, restart, new_child, request, finish };
  struct task : step {
    cause why = cause::beginning;
    std::size_t left = 0;   ///< to be stopped
    std::size_t tries = 0;  ///< on other nodes
  };

  bool is_simple() const noexcept { return spec_.strategy == restart_strategy::simple_one_for_one; }
  void check(const child_spec& c) const;
  key add(child_spec c);
  void plan(act what, std::vector<key> which, cause why);
  void plan_stops(key k);
  void plan_starts(key k);
  void plan_end();
  void decide(key k, time_point now);
  enum class after : std::uint8_t { end, failed_start };
  void restart(key k, after what, bool moves, const std::string& how, time_point now);
  bool counts_too_many(time_point now);
  void set(child& c, state s);
  void wait_until(key k, time_point at);
  void wait_no_longer(key k);
  void forget(key k);
  void erase(key k);
  void refuse(child_outcome what, const pid& who = {}) { answer_ = {what, who, {}}; }
  /// Where the children of a strategy begin that go with that one.
  std::map<key, child>::iterator first_with(key k);
  bool spares_others() const noexcept {
    return is_simple() || spec_.strategy == restart_strategy::one_for_one;
  }
  static std::string named(const child& c);
  static double seconds(duration d) { return std::chrono::duration<double>(d).count(); }

  supervision spec_;
  report tell_;
  std::map<key, child> children_;
  std::map<std::string, key, std::less<>> by_id_;
  std::map<pid, key> by_pid_;  // peers choose their pids
  std::deque<task> todo_;
  std::deque<key> ended_;
  std::set<std::pair<time_point, key>> waiting_;
  std::deque<time_point> restarts_;  // within the period
  std::optional<reason> ending_;
  bool end_is_planned_ = false;
  child_reply answer_;
  key last_key_ = 0;
  epoch last_epoch_;
  std::uint64_t running_ = 0;
  std::uint64_t significant_ = 0;  // that are not off
};

}  // namespace snow

#include "snow/cluster/supervisor_plan_bodies.hpp"

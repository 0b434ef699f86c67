#pragma once

// Included by `supervisor_plan.hpp`.
#include "snow/cluster/supervisor_plan.hpp"

namespace snow {

// ---- specifications

inline supervisor_plan::supervisor_plan(supervision what, report tell)
    : spec_{std::move(what)}, tell_{std::move(tell)} {
  auto const refuse = [](const char* text) { throw error{errc::bad_arguments, text}; };
  if (spec_.period <= duration::zero()) refuse("supervision: the period is longer than nothing");
  if (is_simple() && spec_.children.size() != 1)
    refuse("supervision: simple_one_for_one has one specification of its children");
  for (auto const& c : spec_.children) check(c);
  if (is_simple()) return;
  for (auto& c : std::exchange(spec_.children, {})) {
    if (by_id_.contains(c.id)) throw error{errc::bad_arguments, "two children have the id \"" + c.id + '"'};
    plan(act::start, {add(std::move(c))}, cause::beginning);
  }
}

inline void supervisor_plan::check(const child_spec& c) const {
  auto const refuse = [&](const char* text) {
    throw error{errc::bad_arguments, fmt::format("child \"{}\": {}", c.id, text)};
  };
  if (c.id.empty() && !is_simple()) refuse("an id is not empty");
  if (!c.start) refuse("start is missing: .start = snow::start<f>(args...)");
  if (c.significant && c.restart == snow::restart::permanent) refuse("a permanent child is not significant");
  if (c.significant && spec_.auto_shutdown == auto_shutdown::never)
    refuse("it is significant, and auto_shutdown is never");
  if (!c.nodes.empty() && !c.start.travels())
    refuse("it has nodes, and an argument that cannot be sent to them");
}

inline std::string supervisor_plan::named(const child& c) {
  std::string text = c.spec.id.empty() ? "a child" : fmt::format("child \"{}\"", c.spec.id);
  text.append(" (").append(c.spec.start.function());
  if (!c.spec.nodes.empty()) text.append(" on ").append(c.spec.nodes[c.node]);
  return text.append(")");
}

inline duration supervisor_plan::patience_with(key k) const {
  auto const& s = children_.at(k).spec;
  return s.shutdown.value_or(s.start.is_supervisor() ? infinity : std::chrono::seconds{5});
}

inline epoch supervisor_plan::new_epoch(time_point now) {
  auto const by_clock = static_cast<std::uint64_t>(now.time_since_epoch().count());
  return last_epoch_ = epoch{std::max(last_epoch_.number + 1, by_clock)};
}

// ---- the children

inline supervisor_plan::key supervisor_plan::add(child_spec c) {
  key const k = ++last_key_;
  if (!is_simple()) by_id_.emplace(c.id, k);
  children_.emplace(k, child{.spec = std::move(c)});
  return k;
}
inline void supervisor_plan::set(child& c, state s) {
  if (c.spec.significant) significant_ += std::uint64_t{s != state::off} - std::uint64_t{c.is != state::off};
  running_ += std::uint64_t{s == state::running} - std::uint64_t{c.is == state::running};
  if (s != state::restarting) {
    by_pid_.erase(c.pid);
    c.pid = {};
  }
  c.is = s;
}
inline void supervisor_plan::wait_no_longer(key k) {
  waiting_.erase({std::exchange(children_.at(k).restarts_at, time_point::max()), k});
}
inline void supervisor_plan::wait_until(key k, time_point at) {
  waiting_.emplace(children_.at(k).restarts_at = at, k);
}
inline void supervisor_plan::erase(key k) {
  auto const it = children_.find(k);
  set(it->second, state::off);
  wait_no_longer(k);
  if (!is_simple()) by_id_.erase(it->second.spec.id);
  children_.erase(it);
}
/// It runs no longer, and nothing is to follow.
inline void supervisor_plan::forget(key k) {
  child& c = children_.at(k);
  if (is_simple() || c.spec.restart == snow::restart::temporary) return erase(k);
  set(c, state::off);
  c.ended.reset();
  wait_no_longer(k);
}

// ---- what is to be done

inline void supervisor_plan::plan(act what, std::vector<key> which, cause why) {
  std::size_t const many = which.size();
  todo_.push_back({{what, std::move(which)}, why, many, 0});
}
inline std::map<supervisor_plan::key, supervisor_plan::child>::iterator supervisor_plan::first_with(key k) {
  return spec_.strategy == restart_strategy::one_for_all ? children_.begin() : children_.find(k);
}
/// In the reverse order of the starts.
inline void supervisor_plan::plan_stops(key k) {
  if (spares_others()) return;
  auto const first = first_with(k);
  for (auto it = children_.end(); it != first;) {
    auto& [other, c] = *--it;
    if (other == k) continue;
    if (c.is == state::running) plan(act::stop, {other}, cause::restart);
    if (c.is == state::restarting) set(c, state::off), wait_no_longer(other);
  }
}
/// Those that were stopped by hand too, as in OTP.
inline void supervisor_plan::plan_starts(key k) {
  wait_no_longer(k);
  if (spares_others()) return plan(act::start, {k}, cause::restart);
  for (auto it = first_with(k); it != children_.end(); ++it)
    if (it->second.spec.restart != snow::restart::temporary) plan(act::start, {it->first}, cause::restart);
}
inline void supervisor_plan::plan_end() {
  end_is_planned_ = true;
  todo_.clear();
  std::vector<key> together;
  for (auto it = children_.rbegin(); it != children_.rend(); ++it) {
    if (it->second.is != state::running) continue;
    if (is_simple())
      together.push_back(it->first);
    else
      plan(act::stop, {it->first}, cause::finish);
  }
  if (!together.empty()) plan(act::stop, std::move(together), cause::finish);
}

inline supervisor_plan::step supervisor_plan::next(time_point now) {
  if (ending_ && !end_is_planned_) plan_end();
  while (todo_.empty() && !ending_ && !ended_.empty()) {
    key const k = ended_.front();
    ended_.pop_front();
    auto const it = children_.find(k);
    if (it != children_.end() && it->second.ended) decide(k, now);
    if (ending_) plan_end();
  }
  if (!todo_.empty()) return todo_.front();
  return {ending_ ? act::end : act::rest};
}

inline void supervisor_plan::finish(const reason& why) {
  if (!ending_) ending_ = why;
}

// ---- how it went

inline void supervisor_plan::started(const pid& made, time_point now) {
  task const done = std::move(todo_.front());
  todo_.pop_front();
  key const k = done.children.front();
  child& c = children_.at(k);
  set(c, state::running);
  c.ended.reset();
  c.pid = made;
  c.since = now;
  by_pid_.emplace(made, k);
  if (done.why == cause::new_child || done.why == cause::request) answer_ = {child_outcome::done, made, {}};
}

inline bool supervisor_plan::goes_to_next_node() {
  task& now = todo_.front();
  child& c = children_.at(now.children.front());
  if (now.why == cause::restart || now.tries + 1 >= c.spec.nodes.size()) return false;
  ++now.tries;
  c.node = (c.node + 1) % c.spec.nodes.size();
  return true;
}

inline void supervisor_plan::failed(const std::string& why, time_point now) {
  task const done = std::move(todo_.front());
  todo_.pop_front();
  key const k = done.children.front();
  child& c = children_.at(k);
  std::string const how = fmt::format("{} did not start: {}", named(c), why);
  switch (done.why) {
    case cause::beginning:
      tell_(log_level::error, how, {});
      return finish({errc::shutdown, how});
    case cause::restart:
      todo_.clear();
      return restart(k, after::failed_start, !c.spec.nodes.empty(), how, now);
    case cause::new_child:
      erase(k);
      answer_ = {child_outcome::failed, {}, why};
      return;
    case cause::request:
      answer_ = {child_outcome::failed, {}, why};
      return;
    case cause::finish:
      return;
  }
}

inline void supervisor_plan::stopped(key k, const reason& why, bool too_slow) {
  task& now = todo_.front();
  child& c = children_.at(k);
  reason const& how = c.ended ? *c.ended : why;
  bool const permanent = c.spec.restart == snow::restart::permanent;
  bool const expected = how == errc::shutdown || (how == errc::normal && !permanent) ||
                        (how == errc::killed && patience_with(k) == brutal_kill);
  if (too_slow)
    tell_(log_level::warning,
          fmt::format("{} did not end within {:g} s and was killed", named(c), seconds(patience_with(k))),
          c.pid);
  else if (!expected)
    tell_(log_level::warning, fmt::format("{} was to be stopped, and ended: {}", named(c), how.to_string()),
          c.pid);
  if (now.why == cause::request) refuse(child_outcome::done);
  if (--now.left == 0) todo_.pop_front();
  forget(k);
}

// ---- ends

inline void supervisor_plan::exited(const pid& who, const reason& why) {
  auto const it = by_pid_.find(who);
  if (it == by_pid_.end() || children_.at(it->second).is != state::running) return;
  children_.at(it->second).ended = why;
  ended_.push_back(it->second);
}

inline void supervisor_plan::decide(key k, time_point now) {
  child& c = children_.at(k);
  reason const why = *std::exchange(c.ended, std::nullopt);
  bool const placed = !c.spec.nodes.empty();
  // A node that stops ends its actors with `shutdown`.
  bool const moves = placed && (why == errc::no_connection || why == errc::shutdown);
  bool const good = why == errc::normal || (why == errc::shutdown && !placed);
  bool const restarts =
      c.spec.restart == snow::restart::permanent || (c.spec.restart == snow::restart::transient && !good);
  std::string const how = fmt::format("{} ended: {}", named(c), why.to_string());
  if (restarts) return restart(k, after::end, moves, how, now);
  if (!good) tell_(log_level::warning, how, c.pid);
  bool const significant = c.spec.significant;
  forget(k);
  if (!significant) return;
  if (spec_.auto_shutdown == auto_shutdown::any_significant ||
      (spec_.auto_shutdown == auto_shutdown::all_significant && significant_ == 0))
    finish(errc::shutdown);
}

/// One more restart: whether that is more than there may be.
inline bool supervisor_plan::counts_too_many(time_point now) {
  restarts_.push_back(now);
  while (restarts_.front() + spec_.period < now) restarts_.pop_front();
  return restarts_.size() > spec_.intensity;
}

inline void supervisor_plan::restart(key k, after what, bool moves, const std::string& how, time_point now) {
  child& c = children_.at(k);
  if (counts_too_many(now)) {
    tell_(log_level::error,
          fmt::format("{}; gives up: more than {} restarts within {:g} s", how, spec_.intensity,
                      seconds(spec_.period)),
          c.pid);
    forget(k);
    return finish(errc::shutdown);
  }
  auto const& backs_off = spec_.back_off;
  bool const lasted = what == after::end && now - c.since >= spec_.period;
  c.delay = c.delay == duration::zero() || lasted
                ? backs_off.first
                : std::min(2 * c.delay, std::max(backs_off.first, backs_off.greatest));
  duration const wait = moves ? std::max(c.delay, c.spec.failover_delay) : c.delay;
  std::string text = fmt::format("{}; restart {} of at most {} within {:g} s", how, restarts_.size(),
                                 spec_.intensity, seconds(spec_.period));
  if (moves) {
    c.node = (c.node + 1) % c.spec.nodes.size();
    text.append(", on ").append(c.spec.nodes[c.node]);
  }
  if (wait > duration::zero()) text.append(fmt::format(", in {:g} s", seconds(wait)));
  tell_(log_level::warning, text, c.pid);
  set(c, state::restarting);
  plan_stops(k);
  // After a failed start, requests come before the next.
  if (wait == duration::zero() && what == after::end) return plan_starts(k);
  wait_until(k, now + wait);
}

inline void supervisor_plan::tick(time_point now) {
  if (!todo_.empty() || ending_ || wakes_at() > now) return;
  key const k = waiting_.begin()->second;
  plan_stops(k);
  plan_starts(k);
}

// ---- requests

inline void supervisor_plan::start_child(child_spec what) {
  if (is_simple()) {
    child_spec of = spec_.children.front();
    if (what.start) of.start = std::move(what.start);
    what = std::move(of);
  }
  try {
    check(what);
  } catch (const error& e) {
    answer_ = {child_outcome::failed, {}, e.details()};
    return;
  }
  auto const it = is_simple() ? by_id_.end() : by_id_.find(what.id);
  if (it == by_id_.end()) return plan(act::start, {add(std::move(what))}, cause::new_child);
  child const& c = children_.at(it->second);
  if (c.is == state::running) return refuse(child_outcome::already_started, c.pid);
  refuse(child_outcome::already_present);
}

inline void supervisor_plan::terminate_child(const std::string& id, const pid& who) {
  if (is_simple() && !id.empty()) return refuse(child_outcome::simple_one_for_one);
  key k = 0;
  if (auto const it = by_id_.find(id); it != by_id_.end()) k = it->second;
  if (auto const it = by_pid_.find(who); is_simple() && it != by_pid_.end()) k = it->second;
  if (k == 0) return refuse(child_outcome::not_found);
  if (children_.at(k).is == state::running) return plan(act::stop, {k}, cause::request);
  refuse(child_outcome::done);
  forget(k);
}

inline void supervisor_plan::restart_child(const std::string& id) {
  if (is_simple()) return refuse(child_outcome::simple_one_for_one);
  auto const it = by_id_.find(id);
  if (it == by_id_.end()) return refuse(child_outcome::not_found);
  switch (children_.at(it->second).is) {
    case state::off:
      return plan(act::start, {it->second}, cause::request);
    case state::running:
      return refuse(child_outcome::running);
    case state::restarting:
      return refuse(child_outcome::restarting);
  }
}

inline void supervisor_plan::delete_child(const std::string& id) {
  if (is_simple()) return refuse(child_outcome::simple_one_for_one);
  auto const it = by_id_.find(id);
  if (it == by_id_.end()) return refuse(child_outcome::not_found);
  switch (children_.at(it->second).is) {
    case state::off:
      erase(it->second);
      return refuse(child_outcome::done);
    case state::running:
      return refuse(child_outcome::running);
    case state::restarting:
      return refuse(child_outcome::restarting);
  }
}

inline std::vector<child_info> supervisor_plan::which_children() const {
  std::vector<child_info> all;
  for (auto const& [k, c] : children_)
    all.push_back({c.spec.id, c.is == state::running ? c.pid : pid{}, c.is == state::restarting,
                   c.spec.start.is_supervisor(), c.spec.nodes.empty() ? "" : c.spec.nodes[c.node]});
  return all;
}

inline child_count supervisor_plan::count_children() const {
  child_count n{.specs = is_simple() ? 1 : children_.size(), .active = running_};
  for (auto const& [k, c] : children_) ++(c.spec.start.is_supervisor() ? n.supervisors : n.workers);
  return n;
}

}  // namespace snow

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "snow/wire/windows.hpp"

namespace snow::wire {

/// Which signals may leave a session now, and in which order those leave that had to wait. A message waits
/// for the session's window and its target's; everything waits behind a signal of its own sender that waits,
/// or that leaves in parts (S-1, S-42); nothing waits behind another sender's.
///
/// ```
///   push:    if (d.may_leave(n)) { write it; d.left(n, charge); } else d.hold(n, signal);
///   credit:  d.credited(c); then drain
///   the last part of a signal has left:  d.parts_left(sender); then drain
///   drain:   while (auto h = d.next()) { write h->signal; d.left(h->needs, charge); }
/// ```
template <class Signal>
class departures {
 public:
  struct needs {
    process from{};                   ///< the sender
    std::optional<process> target{};  ///< of a message: whose window it takes from
  };
  struct held {
    wire::departures<Signal>::needs needs;
    Signal signal;
  };

  departures(std::uint64_t session_window, std::uint64_t mailbox_window, std::uint64_t seed)
      : windows_{session_window, mailbox_window, seed} {}

  /// O(1) while nobody waits.
  bool may_leave(const needs& n) const {
    return (lanes_.empty() || !lanes_.contains(n.from)) && has_window(n);
  }
  /// `charge` is of a message. `in_parts`: nothing of that sender may follow before `parts_left`.
  void left(const needs& n, std::uint64_t charge, bool in_parts = false);
  void hold(const needs& n, Signal s);

  /// False: a violation.
  [[nodiscard]] bool credited(const credit& c);
  void parts_left(const process& from);
  /// One that waited, and may leave now; the senders take turns.
  std::optional<held> next();

  /// Whether what that sender sends now would wait.
  bool waits(const process& from) const { return lanes_.contains(from); }
  bool has_window(const needs& n) const {
    return !n.target || (windows_.is_open() && windows_.is_open(*n.target));
  }
  std::size_t held_signals() const noexcept { return held_; }
  const send_windows& windows() const noexcept { return windows_; }

  /// The end of the session: `f(held&)` with each that waits, by sender, each one's in its order.
  template <class F>
  void clear(F&& f);

 private:
  void wake(std::deque<process>& waiting);

  send_windows windows_;
  std::map<process, std::deque<held>> lanes_;  // of senders that have something waiting or in parts
  // Each lane whose signals wait, unless it is in parts, stands in one of these:
  std::deque<process> ready_;
  std::deque<process> for_session_;
  std::map<process, std::deque<process>> for_target_;
  std::size_t held_ = 0;
};

template <class Signal>
void departures<Signal>::left(const needs& n, std::uint64_t charge, bool in_parts) {
  if (n.target) windows_.spend(*n.target, charge);
  auto const it = lanes_.find(n.from);
  if (in_parts) {
    lanes_.try_emplace(n.from);  // empty, it holds up what follows
  } else if (it != lanes_.end()) {
    if (it->second.empty())
      lanes_.erase(it);
    else
      ready_.push_back(n.from);
  }
}

template <class Signal>
void departures<Signal>::hold(const needs& n, Signal s) {
  auto const [it, is_new] = lanes_.try_emplace(n.from);
  it->second.push_back({n, std::move(s)});
  ++held_;
  if (is_new) ready_.push_back(n.from);
}

template <class Signal>
std::optional<typename departures<Signal>::held> departures<Signal>::next() {
  while (!ready_.empty()) {
    process const from = ready_.front();
    ready_.pop_front();
    auto& signals = lanes_.find(from)->second;
    const needs& n = signals.front().needs;
    if (n.target && !windows_.is_open()) {
      for_session_.push_back(from);
    } else if (n.target && !windows_.is_open(*n.target)) {
      for_target_[*n.target].push_back(from);
    } else {
      held h = std::move(signals.front());
      signals.pop_front();
      --held_;
      return h;
    }
  }
  return {};
}

template <class Signal>
bool departures<Signal>::credited(const credit& c) {
  if (!windows_.credited(c)) return false;
  if (windows_.is_open()) wake(for_session_);
  for (auto const& g : c.targets) {
    auto const it = for_target_.find(g.target);
    if (it == for_target_.end() || !windows_.is_open(g.target)) continue;
    wake(it->second);
    for_target_.erase(it);
  }
  return true;
}

template <class Signal>
void departures<Signal>::parts_left(const process& from) {
  auto const it = lanes_.find(from);
  if (it == lanes_.end()) return;
  if (it->second.empty())
    lanes_.erase(it);
  else
    ready_.push_back(from);
}

template <class Signal>
void departures<Signal>::wake(std::deque<process>& waiting) {
  ready_.insert(ready_.end(), waiting.begin(), waiting.end());
  waiting.clear();
}

template <class Signal>
template <class F>
void departures<Signal>::clear(F&& f) {
  auto all = std::exchange(lanes_, {});
  ready_.clear();
  for_session_.clear();
  for_target_.clear();
  held_ = 0;
  for (auto& [from, signals] : all)
    for (auto& h : signals) f(h);
}

}  // namespace snow::wire

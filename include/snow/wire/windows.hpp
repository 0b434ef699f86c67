#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "snow/base/clock.hpp"
#include "snow/wire/messages.hpp"

/// How much of messages may be under way: from the moment in which they leave the sender's outbox to that in
/// which they leave their mailbox. Both ends count alike. A window is open while anything of it is left, so
/// the last message may overdraw it: every size gets through (S-62).

namespace snow::wire {

/// What a message takes from the windows whose frame has so many bytes, or would have if it came in one.
constexpr std::uint64_t charge_of(std::size_t frame) noexcept {
  return std::uint64_t{frame} + message_overhead;
}

/// The window of what is sent to a name: as if it were a process of its own, since the sender cannot know
/// which one it is. No process has that slot.
constexpr process process_of_name(std::string_view name) noexcept {
  return {~std::uint32_t{0}, hash_of(name)};
}

/// Peers choose what is hashed. It need not be cryptographic: no value of it ever leaves the node, so with a
/// seed that they cannot guess they find no keys that collide.
struct process_hash {
  std::uint64_t seed = 0;
  std::size_t operator()(const process& p) const noexcept {
    std::uint64_t h = (p.generation ^ seed) * 0x9E3779B97F4A7C15u;
    h ^= h >> 32;
    h = (h ^ p.slot ^ seed << 32 ^ seed >> 32) * 0xC2B2AE3D27D4EB4Fu;
    h ^= h >> 29;
    h = (h ^ seed) * 0x165667B19E3779F9u;
    return static_cast<std::size_t>(h ^ h >> 32);
  }
};

/// What is known of each target. The one asked for last is found at once: signals come in runs.
template <class T>
class by_target {
 public:
  explicit by_target(std::uint64_t seed) : all_{16, process_hash{seed}} {}

  T* find(const process& target) const noexcept {
    if (last_ && last_->first == target) return &last_->second;
    auto const it = all_.find(target);
    if (it == all_.end()) return nullptr;
    last_ = &*it;
    return &last_->second;
  }
  T& operator[](const process& target) {
    if (T* const known = find(target)) return *known;
    last_ = &*all_.try_emplace(target).first;
    return last_->second;
  }
  void erase(const process& target) {
    last_ = nullptr;
    all_.erase(target);
  }
  std::size_t size() const noexcept { return all_.size(); }
  auto begin() const noexcept { return all_.begin(); }
  auto end() const noexcept { return all_.end(); }

 private:
  using map = std::unordered_map<process, T, process_hash>;
  mutable map all_;
  mutable typename map::value_type* last_ = nullptr;
};

/// The sender's side of a session: what may leave.
class send_windows {
 public:
  send_windows(std::uint64_t session, std::uint64_t mailbox, std::uint64_t seed)
      : session_{session}, mailbox_{mailbox}, targets_{seed} {}

  /// The session's own window.
  bool is_open() const noexcept { return used_ < session_; }
  /// That target's. O(1).
  bool is_open(const process& target) const noexcept;
  /// A message left.
  void spend(const process& target, std::uint64_t charge);
  /// False: for more than was spent, which is a violation.
  bool credited(const credit& c) noexcept;

  std::uint64_t used() const noexcept { return used_; }
  std::size_t targets() const noexcept { return targets_.size(); }

 private:
  std::uint64_t const session_;
  std::uint64_t const mailbox_;
  std::uint64_t used_ = 0;
  by_target<std::uint64_t> targets_;  // used; without those that use nothing
};

/// The receiver's side: what came, what left the mailboxes, what the sender is to be told, and who takes
/// nothing.
class receive_windows {
 public:
  receive_windows(std::uint64_t session, std::uint64_t mailbox, std::uint64_t seed)
      : session_{session}, mailbox_{mailbox}, targets_{seed} {}

  /// A message came. False: it was sent without a window, which is a violation. O(1).
  [[nodiscard]] bool arrived(const process& target, std::uint64_t charge, time_point now);
  /// One left its mailbox, or never got there. O(1).
  void left(const process& target, std::uint64_t charge, time_point now);

  /// Whether the sender should be told now. What is too little for that is told with each heartbeat.
  bool is_due() const noexcept { return due_; }
  /// The next CREDIT of everything that is owed; false when there is no more. O(1) for each `left` before.
  bool take(credit& c);

  /// Those whose window, or the session's, has been exhausted for so long while they took nothing. Of the
  /// session's: those that hold most of it.
  std::vector<process> stalled(time_point now, duration limit) const;

  std::uint64_t used() const noexcept { return waiting_ + owed_; }
  std::size_t targets() const noexcept { return targets_.size(); }

  /// So many targets are owed something at most before the sender is told.
  static constexpr std::size_t most_owing = 1024;

 private:
  struct window {
    std::uint64_t waiting = 0;  ///< in the mailbox
    std::uint64_t owed = 0;     ///< left it, and the sender was not told
    time_point quiet_since{};   ///< when something left it last, or could have
  };
  /// Seldom enough to cost nothing, often enough to keep the sender going; early where it cannot go on.
  static bool due(std::uint64_t used, std::uint64_t owed, std::uint64_t size) noexcept {
    return owed >= size / 4 + 1 || (used >= size && owed >= size / 64 + 1);
  }

  std::uint64_t const session_;
  std::uint64_t const mailbox_;
  std::uint64_t waiting_ = 0;
  std::uint64_t owed_ = 0;
  time_point exhausted_since_{};
  bool due_ = false;
  by_target<window> targets_;
  std::vector<process> owing_;  // those with `owed`, in the order in which it began
};

// ---- send_windows

inline bool send_windows::is_open(const process& target) const noexcept {
  auto const* const used = targets_.find(target);
  return !used || *used < mailbox_;
}

inline void send_windows::spend(const process& target, std::uint64_t charge) {
  used_ += charge;
  targets_[target] += charge;
}

inline bool send_windows::credited(const credit& c) noexcept {
  if (c.session > used_) return false;
  used_ -= c.session;
  for (auto const& g : c.targets) {
    auto* const used = targets_.find(g.target);
    if (!used || g.bytes > *used) return false;
    *used -= g.bytes;
    if (*used == 0) targets_.erase(g.target);
  }
  return true;
}

// ---- receive_windows

inline bool receive_windows::arrived(const process& target, std::uint64_t charge, time_point now) {
  if (used() >= session_) return false;
  window& w = targets_[target];
  if (w.waiting + w.owed >= mailbox_) return false;
  if (w.waiting == 0 || w.waiting + w.owed + charge >= mailbox_) w.quiet_since = now;
  w.waiting += charge;
  waiting_ += charge;
  if (used() >= session_) exhausted_since_ = now;
  return true;
}

inline void receive_windows::left(const process& target, std::uint64_t charge, time_point now) {
  window* const known = targets_.find(target);
  if (!known) return;
  window& w = *known;
  if (w.owed == 0) owing_.push_back(target);
  w.waiting -= charge;
  w.owed += charge;
  w.quiet_since = now;
  waiting_ -= charge;
  owed_ += charge;
  due_ = due_ || due(w.waiting + w.owed, w.owed, mailbox_) || due(used(), owed_, session_) ||
         owing_.size() >= most_owing;
}

inline bool receive_windows::take(credit& c) {
  c = {};
  due_ = false;
  std::size_t const n = std::min(owing_.size(), decltype(c.targets)::most);
  for (auto const& target : std::span{owing_}.last(n)) {
    window& w = targets_[target];
    c.targets.push_back({target, w.owed});
    c.session += w.owed;
    w.owed = 0;
    if (w.waiting == 0) targets_.erase(target);
  }
  owing_.resize(owing_.size() - n);
  owed_ -= c.session;
  return n != 0;
}

inline std::vector<process> receive_windows::stalled(time_point now, duration limit) const {
  std::vector<std::pair<std::uint64_t, process>> quiet;
  for (auto const& [target, w] : targets_)
    if (w.waiting != 0 && now - w.quiet_since >= limit) quiet.emplace_back(w.waiting, target);
  std::sort(quiet.rbegin(), quiet.rend());
  // Of the session's window: enough of them to give half of it back.
  bool const session_is_stuck = used() >= session_ && now - exhausted_since_ >= limit;
  std::uint64_t regained = session_is_stuck ? 0 : session_;
  std::vector<process> all;
  for (auto const& [waiting, target] : quiet) {
    const window& w = *targets_.find(target);
    if (w.waiting + w.owed < mailbox_ && regained >= session_ / 2) continue;
    all.push_back(target);
    regained += waiting;
  }
  return all;
}

}  // namespace snow::wire

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "snow/base/pid.hpp"

namespace snow {

/// Which actors of ours hang by links on which of the peer's, over one session, so that its end breaks each
/// of them, in its place among the other signals. A pair is there as long as the actor of ours holds it, or a
/// LINK that came is on its way to it. Any thread; O(log pairs).
class linked_pairs {
 public:
  enum class added : std::uint8_t {
    yes,
    closed,
    full,
    beyond,  ///< so much is on its way to actors that take nothing that the session is to end
  };

  explicit linked_pairs(std::size_t most) noexcept : most_{most} {}

  /// The actor of ours links, or starts linked.
  added add(const pid& own, const pid& other) {
    std::lock_guard const lock{mutex_};
    if (closed_) return added::closed;
    auto const it = pairs_.find({own, other});
    if (it == pairs_.end() && pairs_.size() >= most_) return added::full;
    pairs_[{own, other}].held = true;
    return added::yes;
  }
  bool takes_more() const {
    std::lock_guard const lock{mutex_};
    return pairs_.size() < most_;
  }
  /// A LINK came, and goes to its actor. `full`: that is to refuse it, unless it holds the link.
  added link_arrives(const pid& own, const pid& other) {
    std::lock_guard const lock{mutex_};
    if (++under_way_ > 2 * most_) return added::beyond;
    auto const [it, is_new] = pairs_.try_emplace({own, other});
    ++it->second.arriving;
    return is_new && pairs_.size() > most_ ? added::full : added::yes;
  }
  /// The same of an UNLINK, which its actor will acknowledge.
  added unlink_arrives() {
    std::lock_guard const lock{mutex_};
    return ++under_way_ > 2 * most_ ? added::beyond : added::yes;
  }
  void unlink_taken() {
    std::lock_guard const lock{mutex_};
    if (under_way_ != 0) --under_way_;
  }
  /// Its actor has looked at it; `holds`: the link is active.
  void link_taken(const pid& own, const pid& other, bool holds) {
    std::lock_guard const lock{mutex_};
    if (under_way_ != 0) --under_way_;
    auto const it = pairs_.find({own, other});
    if (it == pairs_.end()) return;
    state& s = it->second;
    if (s.arriving != 0) --s.arriving;
    s.held = s.held || holds;
    if (!s.held && s.arriving == 0) pairs_.erase(it);
  }
  /// The actor of ours holds it no longer.
  void remove(const pid& own, const pid& other) {
    std::lock_guard const lock{mutex_};
    auto const it = pairs_.find({own, other});
    if (it == pairs_.end()) return;
    it->second.held = false;
    if (it->second.arriving == 0) pairs_.erase(it);
  }

  /// Own and other, in their order. After that nothing gets in.
  std::vector<std::pair<pid, pid>> close() {
    std::lock_guard const lock{mutex_};
    closed_ = true;
    std::vector<key> all;
    for (auto const& [pair, s] : pairs_) all.push_back(pair);
    pairs_.clear();
    return all;
  }

  std::size_t size() const {
    std::lock_guard const lock{mutex_};
    return pairs_.size();
  }

 private:
  using key = std::pair<pid, pid>;
  struct state {
    std::size_t arriving = 0;
    bool held = false;
  };

  mutable std::mutex mutex_;
  std::size_t const most_;
  bool closed_ = false;
  std::size_t under_way_ = 0;   // LINKs and UNLINKs
  std::map<key, state> pairs_;  // of numbers that the peer chooses: a tree has no worst case
};

}  // namespace snow

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/base/pid.hpp"

namespace snow {

/// The members of a group as they were at one moment: each as often as it had joined, those of this node
/// first. A range of `pid`; immutable, cheap to copy.
class group_members {
 public:
  using list = std::vector<pid>;

  group_members() : group_members{nullptr, 0} {}
  group_members(std::shared_ptr<const list> all, std::size_t count) : all_{std::move(all)}, count_{count} {}

  const pid* begin() const noexcept { return all_ ? all_->data() : nullptr; }
  const pid* end() const noexcept { return begin() + count_; }
  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  const pid& operator[](std::size_t i) const noexcept { return (*all_)[i]; }

 private:
  std::shared_ptr<const list> all_;
  std::size_t count_ = 0;
};

namespace detail {

/// What one node knows of a scope's groups: its scope writes, any of its actors reads.
class group_view {
 public:
  using members = std::vector<pid>;
  using groups = std::map<std::string, members, std::less<>>;

  // ---- the scope: O(log groups + log members)
  void join(std::string_view group, const pid& member) {
    std::lock_guard const lock{mutex_};
    auto it = groups_.find(group);
    if (it == groups_.end()) it = groups_.emplace(std::string{group}, entry{}).first;
    ++it->second.joins[member];
    it->second.seen = nullptr;
  }
  /// False if it is not a member.
  bool leave(std::string_view group, const pid& member) {
    std::lock_guard const lock{mutex_};
    auto const it = groups_.find(group);
    if (it == groups_.end()) return false;
    auto const joined = it->second.joins.find(member);
    if (joined == it->second.joins.end()) return false;
    if (--joined->second == 0) it->second.joins.erase(joined);
    it->second.seen = nullptr;
    if (it->second.joins.empty()) groups_.erase(it);
    return true;
  }
  /// Takes out all members of one node, and gives them. O(groups).
  groups lose(node_id node) {
    std::lock_guard const lock{mutex_};
    groups lost;
    for (auto it = groups_.begin(); it != groups_.end();) {
      auto& joins = it->second.joins;
      auto const from = joins.lower_bound(pid{node, 0, 0});
      auto const to = joins.lower_bound(pid{node + 1, 0, 0});
      if (from != to) {
        lost.emplace(it->first, listed(from, to));
        joins.erase(from, to);
        it->second.seen = nullptr;
      }
      it = joins.empty() ? groups_.erase(it) : std::next(it);
    }
    return lost;
  }
  void clear() {
    std::lock_guard const lock{mutex_};
    groups_.clear();
  }

  // ---- any thread
  /// O(log groups); for the first who looks after a change O(members).
  group_members of(std::string_view group) const { return look(group, false); }
  group_members local_of(std::string_view group) const { return look(group, true); }
  std::vector<std::string> names() const {
    std::lock_guard const lock{mutex_};
    std::vector<std::string> all;
    for (auto const& [name, group] : groups_) all.push_back(name);
    return all;
  }
  groups all() const {
    std::lock_guard const lock{mutex_};
    groups every;
    for (auto const& [name, group] : groups_)
      every.emplace(name, listed(group.joins.begin(), group.joins.end()));
    return every;
  }

 private:
  using counts = std::map<pid, std::uint32_t>;  // ordered by node, this one first
  struct entry {
    counts joins;
    mutable std::shared_ptr<const members> seen;  // null since it changed
    mutable std::size_t local = 0;                // of those
  };

  static members listed(counts::const_iterator from, counts::const_iterator to) {
    members all;
    for (; from != to; ++from) all.insert(all.end(), from->second, from->first);
    return all;
  }
  group_members look(std::string_view group, bool local) const {
    std::lock_guard const lock{mutex_};
    auto const it = groups_.find(group);
    if (it == groups_.end()) return {};
    entry const& e = it->second;
    if (!e.seen) {
      auto const others = e.joins.lower_bound(pid{this_node + 1, 0, 0});
      e.local = listed(e.joins.begin(), others).size();
      e.seen = std::make_shared<const members>(listed(e.joins.begin(), e.joins.end()));
    }
    return {e.seen, local ? e.local : e.seen->size()};
  }

  mutable std::mutex mutex_;
  std::map<std::string, entry, std::less<>> groups_;
};

}  // namespace detail

}  // namespace snow

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "snow/cluster/group_view.hpp"
#include "snow/process.hpp"

namespace snow {

/// What a monitor of a scope receives (`groups::monitor`): these joined, each as often as it is in `members`.
struct group_joined {
  std::string scope;
  std::string group;
  std::vector<pid> members;
};
/// The same of those that left, ended, or are out of reach.
struct group_left {
  std::string scope;
  std::string group;
  std::vector<pid> members;
};

template <>
inline constexpr bool told_by_own_node<group_joined> = true;
template <>
inline constexpr bool told_by_own_node<group_left> = true;

namespace detail {

// ---- what scopes of two nodes say to each other

/// "Tell me of your members from now on, and show the key whenever you do." The answer is empty.
struct group_follow {
  using reply_type = void;
  pid follower;              ///< a scope on the asker's node
  std::uint64_t number = 0;  ///< a higher one replaces what that scope asked before
  std::uint64_t key = 0;
};
struct group_members_of {
  std::string group;
  std::vector<pid> members;
};
/// All members of a node.
struct group_snapshot {
  std::uint64_t key = 0;
  pid scope;
  std::vector<group_members_of> groups;
};
/// A member of a node has joined these groups, or left them; one twice if it did so twice.
struct group_change {
  std::uint64_t key = 0;
  pid scope;
  bool joined = false;
  pid member;
  std::vector<std::string> groups;
};

// ---- what actors of its node say to a scope; what has no codec cannot come from elsewhere

struct within_node {
  const void* nothing = nullptr;
};
struct group_open {
  using reply_type = std::shared_ptr<const group_view>;
  within_node here{};
};
struct group_join {
  using reply_type = void;
  std::string group;
  pid member;
  within_node here{};
};
struct group_leave {
  using reply_type = bool;
  std::string group;
  pid member;
  within_node here{};
};
struct group_monitor {
  using reply_type = group_view::groups;
  pid watcher;
  within_node here{};
};
struct group_demonitor {
  using reply_type = void;
  pid watcher;
  within_node here{};
};
struct group_not_followed {
  std::string node;
  std::uint64_t number = 0;
  within_node here{};
};

}  // namespace detail

}  // namespace snow

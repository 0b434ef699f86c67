#pragma once

#include <string>
#include <string_view>

#include "snow/base/reason.hpp"
#include "snow/process/message.hpp"

namespace snow {

/// Stands for the name of a node where every node is watched.
inline constexpr std::string_view every_node = "";

/// What those who watch a node (`context::monitor_node`) receive when a session to it has begun.
struct node_up {
  std::string name;
};

/// When it has ended, after the downs of what was watched there: `shutdown` if the node took its leave.
struct node_down {
  std::string name;
  snow::reason reason;
};

template <>
inline constexpr bool told_by_own_node<node_up> = true;
template <>
inline constexpr bool told_by_own_node<node_down> = true;

}  // namespace snow

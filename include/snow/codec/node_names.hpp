#pragma once

#include <cstdint>
#include <string_view>

#include "snow/base/pid.hpp"

namespace snow {

/// Spells the nodes of pids that stand in bodies, and knows those that others spelled. `node/` implements it.
class node_names {
 public:
  virtual ~node_names() = default;
  /// False when nothing is known of that id any more. The view stays good while the id is known.
  virtual bool spell(node_id id, std::string_view& name, std::uint64_t& creation) = 0;
  /// `no_node` when the table is full.
  virtual node_id intern(std::string_view name, std::uint64_t creation) = 0;
};

}  // namespace snow

// What a project compiles of snow once: everything behind snow::node.
#include "snow/node/implementation.hpp"

namespace snow {

// An inline function is part of this unit only if it is used here.
extern decltype(&make_node_core) const implementation;
decltype(&make_node_core) const implementation = &make_node_core;

}  // namespace snow

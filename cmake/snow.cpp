// What a project compiles of snow once: everything behind snow::node.
#include "snow/node/implementation.hpp"

namespace snow {

// An inline function is part of this unit only if it is used here.
struct implementation {
  decltype(&make_node_core) make_core = &make_node_core;
  decltype(&peer::functions) functions = &peer::functions;
  decltype(&make_cookie) cookie = &make_cookie;
  remote_call<bool> (peer::*serves)(const function_key&) const = &peer::serves;
};
extern implementation const everything;
implementation const everything{};

}  // namespace snow

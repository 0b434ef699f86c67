#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "snow/base/clock.hpp"
#include "snow/base/log.hpp"

namespace asio {
class io_context;
}

namespace snow {

/// What a node is made of. Only a name makes it reachable; everything else has a default.
struct node_options {
  /// `"id@host:port"`: its identity, and the address that others dial. Empty: a local node.
  std::string name{};
  /// The secret that the nodes of one cluster share; off loopback at least 32 bytes (`snow::make_cookie()`).
  std::string cookie{};
  /// Where to listen instead of the name's address: `"0.0.0.0:4000"`, `"unix:/run/b.sock"`.
  std::string listen{};
  /// 0: as many as cores.
  std::size_t workers{};
  /// A context that the user runs: the node is one worker on it.
  asio::io_context* io{};
};

}  // namespace snow

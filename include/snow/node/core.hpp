#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "snow/base/reason.hpp"
#include "snow/node/info.hpp"
#include "snow/node/options.hpp"
#include "snow/process/environment.hpp"

namespace snow {

class remote_requests;
struct launch;

/// What stands behind a `node`: its workers and, if it has a name, its network.
///
/// The boundary of compilation: what only includes `snow/node.hpp` knows sessions, sockets and the wire by
/// this interface alone. Any thread may call it.
class node_core {
 public:
  virtual ~node_core() = default;

  virtual environment& env() noexcept = 0;
  /// Gives every worker a thread of its own, and returns.
  virtual void start() = 0;
  /// Runs that as the program's own actor, stops when it has ended, and says how it did.
  virtual reason run(launch& program) = 0;
  /// Runs until it is stopped, or SIGINT or SIGTERM comes.
  virtual void serve() = 0;
  virtual void stop() = 0;

  /// Null for a local node, to which the others mean nothing.
  virtual remote_requests* network() noexcept = 0;
  virtual void disconnect(std::string_view node) = 0;
  /// Whoever `watcher` is gets `node_up` and `node_down` of that node, until it ends or says otherwise.
  virtual void monitor_node(const pid& watcher, std::string_view node, bool on) = 0;
  /// The names of those that are connected now.
  virtual std::vector<std::string> connected() = 0;
  virtual std::vector<session_info> sessions() = 0;
};

/// Throws as the constructor of `node`. Defined in `snow/node/implementation.hpp`: in the library that the
/// CMake package compiles once for a project, or wherever `snow/node.hpp` is included without it.
std::unique_ptr<node_core> make_node_core(node& n, const node_options& options);

}  // namespace snow

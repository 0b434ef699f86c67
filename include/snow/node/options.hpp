#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "snow/base/clock.hpp"
#include "snow/base/log.hpp"
#include "snow/process/register.hpp"
#include "snow/wire/limits.hpp"

namespace asio {
class io_context;
}

namespace snow {

class machine;
class transport;

/// Lines on stderr: warnings and errors.
void log_to_stderr(const log_record& r);

/// A cookie that nobody can guess: 64 hexadecimal digits, 256 bits. Throws `std::system_error` without
/// randomness.
std::string make_cookie();

/// What a node is made of. Only a name makes it reachable; everything else has a default.
struct node_options {
  /// `"id@host:port"`: its identity, and the address that others dial. Empty: a local node.
  std::string name{};
  /// The secret that the nodes of one cluster share; off loopback at least 32 bytes (`snow::make_cookie()`).
  std::string cookie{};
  /// Where to listen instead of the name's address: `"0.0.0.0:4000"`, `"unix:/run/b.sock"`.
  std::string listen{};
  /// What every peer must serve: `{snow::function<counter>}`. `connect` fails at once with all that it lacks
  /// (`function_not_found`) or has with another signature (`signature_mismatch`).
  std::vector<function_key> require{};
  /// What other nodes may start here (`not_allowed` otherwise). Empty: every registered function. Names that
  /// begin with `snow::` are the node's own, and always allowed.
  std::vector<function_key> allow{};
  /// Connect to the peers of peers.
  bool mesh{};
  /// Allow connections off loopback without TLS, which whoever controls the network can take over.
  bool plaintext{};
  /// How connections are made. Null: TCP and Unix-domain sockets.
  std::shared_ptr<snow::transport> transport{};
  /// 0: as many as cores that the process may use.
  std::size_t workers{};
  /// A context that the user runs: the node is one worker on it.
  asio::io_context* io{};
  /// Whoever turns the node's workers and is its clock and its randomness, as a simulation does. Null:
  /// threads of its own. With `io`: not looked at.
  std::shared_ptr<snow::machine> machine{};
  /// Of every ask, call, remote spawn and connect that names none with `within`.
  duration deadline{std::chrono::seconds{5}};
  /// An actor that waits in one place for so long while messages lie in its mailbox is reported, with that
  /// place: once, and again when their number has doubled. 0: none is. With `io`: not looked at.
  duration stuck{std::chrono::seconds{30}};
  /// Gets every record, from any of the node's threads, several at once.
  log_sink log{log_to_stderr};
  snow::limits limits{};
};

}  // namespace snow

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snow/cluster/child_start.hpp"

/// What a supervisor is told, as Erlang/OTP's `supervisor` is (stdlib, "supervisor", "Supervision
/// Principles"); what is not OTP's is said to be ours.
namespace snow {

enum class restart_strategy : std::uint8_t {
  one_for_one,        ///< the child that ended is restarted
  one_for_all,        ///< all are stopped, and all are started
  rest_for_one,       ///< those that stand behind it are stopped, and they and it are started
  simple_one_for_one  ///< all children are of the one specification, and are started by `start_child`
};

/// Which ends of a child are followed by a restart.
enum class restart : std::uint8_t {
  permanent,  ///< any
  transient,  ///< any but `normal` and `shutdown`
  temporary   ///< none; then it is forgotten
};

enum class auto_shutdown : std::uint8_t {
  never,
  any_significant,  ///< the supervisor ends when a significant child has ended, and is not restarted
  all_significant   ///< when the last of them has
};

inline constexpr duration brutal_kill = duration::zero();
inline constexpr duration infinity = duration::max();

struct child_spec {
  std::string id = {};  ///< not empty, and another than those of its siblings
  child_start start = {};
  snow::restart restart = snow::restart::permanent;
  /// How long it may take to end once `shutdown` was sent to it; then it is killed. OTP's defaults: 5 s, and
  /// for a supervisor `infinity`.
  std::optional<duration> shutdown = {};
  bool significant = false;
  /// Ours: where it runs, in the order of preference; empty: here. When its node is lost, or cannot start it,
  /// it moves to the next, and from the last to the first; it does not move back. The name of this node may
  /// be among them.
  std::vector<std::string> nodes = {};
  /// Ours: how long a move waits. As long as `limits.heartbeat * (limits.missed_heartbeats + 1)` of the other
  /// node or longer, the old child has ended first wherever its node was running meanwhile (S-118).
  duration failover_delay = std::chrono::seconds{5};
};

/// Ours: how long to wait before the restart of a child, doubled with each of its restarts; from the first
/// again once it has run for a `period`. None in OTP.
struct back_off {
  duration first = {};
  duration greatest = {};
};

struct supervision {
  restart_strategy strategy = restart_strategy::one_for_one;
  std::uint32_t intensity = 1;  ///< so many restarts within a period are borne; at one more it gives up
  duration period = std::chrono::seconds{5};
  snow::auto_shutdown auto_shutdown = snow::auto_shutdown::never;
  snow::back_off back_off = {};
  std::vector<child_spec> children = {};  ///< started in this order, stopped in the other
};

}  // namespace snow

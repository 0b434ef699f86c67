#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "snow/process/info.hpp"

namespace snow {

/// A connection to another node, as it was seen a moment ago.
struct session_info {
  std::string peer{};
  std::string address{};
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t waiting_bytes = 0;   ///< handed over and not sent yet
  std::uint64_t window_used = 0;     ///< bytes of messages that the peer's actors have not taken
  duration round_trip{};             ///< of the last heartbeat; 0 before the first
  std::size_t pending_requests = 0;  ///< asks, spawns and calls that the peer has not answered
  std::size_t monitors = 0;  ///< between actors here and there, in both directions, and of the peer itself
  std::size_t links = 0;     ///< between actors here and there
};

/// What a node does: the answer to "why is nothing happening?".
struct node_info {
  std::string name{};
  std::size_t workers = 0;
  std::vector<actor_info> actors{};
  std::vector<session_info> sessions{};
  std::uint64_t undelivered = 0;  ///< messages to actors that were gone, or to nodes out of reach
  std::uint64_t rejected = 0;     ///< messages that a bounded mailbox or a handler's type refused
};

}  // namespace snow

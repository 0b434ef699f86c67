#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "snow/base/clock.hpp"
#include "snow/base/error.hpp"

namespace snow {

namespace wire {

// What no option changes: both ends count on it.
inline constexpr std::size_t longest_name = 255;          ///< of a node, a process or a function
inline constexpr std::size_t longest_reason = 1024;       ///< the text beside an `errc`
inline constexpr std::size_t longest_details = 4096;      ///< of an error: two signatures fit
inline constexpr std::size_t longest_handshake = 1024;    ///< the body of each of its messages
inline constexpr std::uint32_t smallest_frame = 8 << 10;  ///< what every node takes: all but data fits
inline constexpr std::size_t most_fragmented = 16;        ///< signals under way in parts, in one direction
/// What a message costs beside its frame, so that windows bound the number of empty ones too.
inline constexpr std::size_t message_overhead = 64;

}  // namespace wire

/// What a node holds, waits for and puts up with (`node_options::limits`). Reaching one is an error that says
/// so, or back-pressure; memory stays bounded whatever a peer does (S-36).
struct limits {
  // ---- of one session
  std::uint32_t frame = 64 << 10;                ///< the largest body of a frame
  std::uint64_t message = 256 << 20;             ///< the largest message, as bytes and decoded
  std::uint64_t session_window = 64 << 20;       ///< bytes of messages that wait in mailboxes
  std::uint64_t mailbox_window = 1 << 20;        ///< the same, of one mailbox
  std::uint64_t outbox_high = 4 << 20;           ///< from here on senders are paced,
  std::uint64_t outbox_low = 1 << 20;            ///< until here;
  std::uint64_t outbox = 256 << 20;              ///< beyond, the session ends with `overloaded`
  duration stall = std::chrono::seconds{30};     ///< an actor that takes nothing for so long ends
  duration heartbeat = std::chrono::seconds{5};  ///< between two PINGs
  duration leaving = std::chrono::seconds{1};    ///< half for what waits, half for the peer to close
  unsigned missed_heartbeats = 3;                ///< so many without a sign of life: the peer is dead
  std::size_t pending_requests = 65'536;
  std::size_t links_and_monitors = 1'000'000;
  std::size_t spawns_per_second = 1'000'000;  ///< on behalf of the peer

  // ---- of the node
  duration handshake = std::chrono::seconds{5};  ///< from the connection to OPEN
  std::size_t half_open = 1024;                  ///< connections whose proofs are not good yet
  std::size_t half_open_per_address = 256;
  std::size_t accepts_per_second = 4096;  ///< from one address
  std::size_t peers = 1024;
  std::size_t node_names = 65'536;  ///< incarnations of nodes that are remembered
  std::size_t actors = 16'000'000;

  /// Throws `not_allowed` for what no session could work with.
  void check() const;
};

inline void limits::check() const {
  auto const refuse = [](std::string text) { throw error{errc::not_allowed, "limits." + std::move(text)}; };
  if (frame < wire::smallest_frame)
    refuse("frame is at least " + std::to_string(wire::smallest_frame) + ", not " + std::to_string(frame));
  if (message == 0 || session_window == 0 || mailbox_window == 0)
    refuse("message, session_window and mailbox_window are at least 1");
  if (heartbeat <= duration::zero() || stall <= duration::zero() || handshake <= duration::zero())
    refuse("heartbeat, stall and handshake are longer than nothing");
}

}  // namespace snow

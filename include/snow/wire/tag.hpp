#pragma once

#include <cstdint>
#include <string_view>

namespace snow::wire {

/// What a frame is. The numbers never change and are never used again; 0x1B to 0x1D were an ancestor's.
enum class tag : std::uint8_t {
  // the handshake
  open = 0x01,
  refuse = 0x02,
  hello = 0x03,
  proof = 0x04,
  // signals
  send = 0x10,
  send_to_name = 0x11,
  peers = 0x12,
  link = 0x13,
  unlink = 0x14,
  exit = 0x15,
  monitor = 0x16,
  demonitor = 0x17,
  down = 0x18,
  spawn = 0x19,
  spawn_reply = 0x1A,
  group = 0x1E,
  reply = 0x1F,
  fragment = 0x20,
  abandon = 0x21,
  // the session itself
  goodbye = 0x22,
  credit = 0x23,
  unlink_ack = 0x24,
  ping = 0xF0,
  pong = 0xF1,
};

/// As `docs/protocol.md` spells it; empty for a tag that is none of these.
constexpr std::string_view to_string(tag t) noexcept {
  switch (t) {
    case tag::open:
      return "OPEN";
    case tag::refuse:
      return "REFUSE";
    case tag::hello:
      return "HELLO";
    case tag::proof:
      return "PROOF";
    case tag::send:
      return "SEND";
    case tag::send_to_name:
      return "SEND_TO_NAME";
    case tag::peers:
      return "PEERS";
    case tag::link:
      return "LINK";
    case tag::unlink:
      return "UNLINK";
    case tag::exit:
      return "EXIT";
    case tag::monitor:
      return "MONITOR";
    case tag::demonitor:
      return "DEMONITOR";
    case tag::down:
      return "DOWN";
    case tag::spawn:
      return "SPAWN";
    case tag::spawn_reply:
      return "SPAWN_REPLY";
    case tag::group:
      return "GROUP";
    case tag::reply:
      return "REPLY";
    case tag::fragment:
      return "FRAGMENT";
    case tag::abandon:
      return "ABANDON";
    case tag::goodbye:
      return "GOODBYE";
    case tag::credit:
      return "CREDIT";
    case tag::unlink_ack:
      return "UNLINK_ACK";
    case tag::ping:
      return "PING";
    case tag::pong:
      return "PONG";
  }
  return {};
}

/// A receiver that does not know such a tag skips its frame (S-67); any other unknown one ends the session.
constexpr bool is_skippable(tag t) noexcept {
  return static_cast<std::uint8_t>(t) >= 0x80 && static_cast<std::uint8_t>(t) <= 0xBF;
}

/// What is too long for one frame and may come in parts.
constexpr bool may_be_fragmented(tag t) noexcept {
  return t == tag::send || t == tag::send_to_name || t == tag::spawn || t == tag::spawn_reply ||
         t == tag::reply;
}

}  // namespace snow::wire

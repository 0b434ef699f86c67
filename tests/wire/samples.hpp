#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "snow/wire.hpp"
#include "wire/hex.hpp"

/// One of each message, with the bytes that it must have. `docs/protocol.md` prints the same.
namespace samples {

namespace wire = snow::wire;

struct sample {
  std::string_view name;
  snow::byte_buffer frame;
  std::string_view golden;
  std::function<snow::result<snow::byte_buffer>(std::span<const std::byte>)> read_and_write;
};

template <class M>
sample make(std::string_view name, const M& m, std::string_view golden) {
  sample s{name, {}, golden, [](std::span<const std::byte> body) -> snow::result<snow::byte_buffer> {
             auto const read = wire::get<M>(body);
             if (!read) return read.error();
             snow::byte_buffer out;
             wire::put(out, *read);
             return out;
           }};
  wire::put(s.frame, m);
  return s;
}

inline constexpr snow::type_key type{0x0807060504030201, 0x1817161514131211};
inline constexpr std::uint64_t token = 0xF0E0D0C0B0A09080;

inline wire::send full_send() {
  wire::send m;
  m.from = {1, 300};
  m.to = {2, 1};
  m.ask = {9, token, {0x2807060504030201, 0x3817161514131211}};
  m.trace.emplace();
  m.trace->trace.fill(std::byte{0xAA});
  m.trace->span.fill(std::byte{0xBB});
  m.trace->flags = 1;
  m.type = type;
  static auto const text = hexadecimal::unhex("00 04 736e6f77");
  m.body = text;
  return m;
}

inline wire::credit granted() {
  wire::credit c{1'000, {}};
  c.targets.push_back({{2, 1}, 300});
  c.targets.push_back({{5, 128}, 700});
  return c;
}

inline wire::peers two_peers() {
  wire::peers p;
  p.names.push_back("a@h:1");
  p.names.push_back("b@h:2");
  return p;
}

inline std::vector<sample> all() {
  static auto const body = hexadecimal::unhex("00 2a");
  std::vector<sample> s;
  s.push_back(make("SEND", wire::send{{}, {2, 1}, {}, {}, type, body},
                   "16000000 10 00020101020304050607081112131415161718002a"));
  s.push_back(make("SEND with everything", full_send(),
                   "4f000000 10 "
                   "0701ac020201098090a0b0c0d0e0f001020304050607281112131415161738aaaaaaaaaaaaaaaaaaaaaaaaaaa"
                   "aaaaabbbbbbbbbbbbbbbb01010203040506070811121314151617180004736e6f77"));
  s.push_back(make("SEND_TO_NAME", wire::send_to_name{wire::process{1, 300}, "log", {}, {}, type, body},
                   "1b000000 11 0101ac02036c6f6701020304050607081112131415161718002a"));
  s.push_back(make("PEERS", two_peers(), "0e000000 12 02056140683a31056240683a32"));
  s.push_back(make("LINK", wire::link{{1, 300}, {2, 1}, 0}, "06000000 13 01ac020201"));
  s.push_back(make("UNLINK", wire::unlink{{1, 300}, {2, 1}, 7}, "07000000 14 01ac02020107"));
  s.push_back(make("UNLINK_ACK", wire::unlink_ack{{2, 1}, {1, 300}, 7}, "07000000 24 020101ac0207"));
  s.push_back(make("EXIT",
                   wire::exit{wire::exit::kind::asked, {1, 300}, {2, 1}, {snow::errc::user, "disk full"}},
                   "12000000 15 0101ac02020105096469736b2066756c6c"));
  s.push_back(make("MONITOR", wire::monitor{{1, 300}, {2, 1}, 12}, "07000000 16 01ac0202010c"));
  s.push_back(make("DEMONITOR", wire::demonitor{{1, 300}, {2, 1}, 12}, "07000000 17 01ac0202010c"));
  s.push_back(make("DOWN", wire::down{{2, 1}, {1, 300}, 12, {snow::errc::no_process, ""}},
                   "09000000 18 020101ac020c1000"));
  s.push_back(make(
      "SPAWN", wire::spawn{13, token, {1, 300}, wire::spawn::monitor, "counter", 0x1817161514131211, body},
      "20000000 19 0d8090a0b0c0d0e0f001ac020207636f756e7465721112131415161718002a"));
  s.push_back(
      make("SPAWN_REPLY", wire::spawn_reply{13, snow::errc::normal, {3, 1}, {}}, "05000000 1a 0d010301"));
  s.push_back(make("SPAWN_REPLY of a failure",
                   wire::spawn_reply{13, snow::errc::function_not_found, {}, "counter"},
                   "0b000000 1a 0d2007636f756e746572"));
  s.push_back(make("REPLY", wire::reply{9, token, {1, 300}, snow::errc::normal, {}, type, body},
                   "20000000 1f 098090a0b0c0d0e0f001ac020101020304050607081112131415161718002a"));
  s.push_back(make("REPLY of a failure",
                   wire::reply{9, token, {1, 300}, snow::errc::no_process, "gone", {}, {}},
                   "13000000 1f 098090a0b0c0d0e0f001ac021004676f6e65"));
  s.push_back(make("ABANDON", wire::abandon{13}, "02000000 21 0d"));
  s.push_back(make("GOODBYE", wire::goodbye{}, "01000000 22"));
  s.push_back(make("CREDIT", granted(), "0d000000 23 e807020201ac02058001bc05"));
  s.push_back(make("PING", wire::ping{4}, "02000000 f0 04"));
  s.push_back(make("PONG", wire::pong{4}, "02000000 f1 04"));
  return s;
}

}  // namespace samples

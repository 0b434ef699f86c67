#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "snow/codec/reader.hpp"
#include "snow/codec/writer.hpp"
#include "snow/wire/fields.hpp"

namespace snow::wire {

using nonce = std::array<std::byte, 32>;

/// Versions of the protocol that this code speaks.
inline constexpr std::uint16_t first_version = 1;
inline constexpr std::uint16_t last_version = 1;

inline constexpr std::array<std::byte, 4> magic{std::byte{'s'}, std::byte{'n'}, std::byte{'o'},
                                                std::byte{'w'}};

/// The first message of each end.
/// ```
///   magic "snow" | u16 first version | u16 last version | u64 capabilities
///   | string own name | string name dialled (empty from the acceptor) | u64 creation | 32 bytes nonce
///   | varint largest frame | fields...     each: varint type, varint length, bytes; types ascend
/// ```
/// The part before the capabilities never changes. Fields of unknown types are ignored.
struct hello {
  static constexpr tag is = tag::hello;
  std::uint16_t first_version = wire::first_version;
  std::uint16_t last_version = wire::last_version;
  std::uint64_t capabilities = 0;
  std::string_view name;
  std::string_view dialled;
  std::uint64_t creation = 0;
  wire::nonce nonce{};
  std::uint32_t frame = limits{}.frame;
  // as fields, in this order from type 1 on
  std::uint64_t session_window = limits{}.session_window;
  std::uint64_t mailbox_window = limits{}.mailbox_window;
  std::uint64_t message = limits{}.message;

  void put(byte_buffer& out) const;
  /// `bad_version` where it speaks no version that `own` does, otherwise `protocol_violation`. The views are
  /// into `body`.
  static result<hello> get(std::span<const std::byte> body, const hello& own);
};

/// What came of two HELLOs.
struct agreement {
  std::string name;  ///< the peer's
  std::uint64_t creation = 0;
  std::uint16_t version = 0;
  std::uint64_t capabilities = 0;    ///< of both
  std::uint32_t frame = 0;           ///< the largest body, either way
  std::uint64_t session_window = 0;  ///< the peer's: what may be sent to it
  std::uint64_t mailbox_window = 0;
  std::uint64_t message = 0;  ///< the largest that the peer takes
};

namespace detail {

inline constexpr std::uint64_t largest_window = std::uint64_t{1} << 62;

/// A window or limit in a field of its own.
inline void put_field(writer& w, std::uint64_t type, std::uint64_t value) {
  byte_buffer bytes;
  writer{bytes}.varint(value);
  w.varint(type);
  w.varint(bytes.size());
  w.bytes(bytes.span());
}

inline void get_fields(reader& r, hello& h) {
  std::uint64_t last = 0;
  while (r.remaining() != 0 && !r.failed()) {
    auto const type = r.varint();
    auto const bytes = r.bytes(r.count());
    if (r.failed()) return;
    if (type <= last) return r.fail("a field out of order");
    last = type;
    if (type > 3) continue;
    reader value{bytes};
    std::uint64_t const v = value.varint();
    value.finish();
    if (value.failed() || v == 0) return r.fail("a field that is no number above 0");
    (type == 1 ? h.session_window : type == 2 ? h.mailbox_window : h.message) = std::min(v, largest_window);
  }
}

/// Names are printed, compared and logged.
inline bool is_printable(std::string_view name) noexcept {
  return std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace detail

inline void hello::put(byte_buffer& out) const {
  std::size_t const at = begin_frame(out, is);
  writer w{out};
  w.bytes(magic);
  w.number(first_version);
  w.number(last_version);
  w.number(capabilities);
  w.string(name);
  w.string(dialled);
  w.number(creation);
  w.bytes(nonce);
  w.varint(frame);
  detail::put_field(w, 1, session_window);
  detail::put_field(w, 2, mailbox_window);
  detail::put_field(w, 3, message);
  end_frame(out, at);
}

inline result<hello> hello::get(std::span<const std::byte> body, const hello& own) {
  reader r{body};
  field_reader io{r};
  hello h;
  std::array<std::byte, 4> word{};
  io.raw(word);
  if (word != magic) r.fail("the peer does not speak this protocol");
  h.first_version = r.number<std::uint16_t>();
  h.last_version = r.number<std::uint16_t>();
  if (!r.failed() && (h.first_version > own.last_version || h.last_version < own.first_version))
    return error{errc::bad_version, "the peer speaks versions " + std::to_string(h.first_version) + " to " +
                                        std::to_string(h.last_version) + " of the protocol, this node " +
                                        std::to_string(own.first_version) + " to " +
                                        std::to_string(own.last_version)};
  h.capabilities = r.number<std::uint64_t>();
  io.name(h.name);
  io.text(h.dialled, longest_name);
  h.creation = r.number<std::uint64_t>();
  io.raw(h.nonce);
  io.number(h.frame);
  if (h.first_version > h.last_version) r.fail("a range of versions that ends before it begins");
  if (!detail::is_printable(h.name) || !detail::is_printable(h.dialled))
    r.fail("a name that is not printable");
  if (!r.failed() && h.frame < smallest_frame) r.fail("a largest frame that is too small");
  detail::get_fields(r, h);
  if (!r.failed()) return h;
  return error{errc::protocol_violation, "HELLO: " + r.error().details()};
}

}  // namespace snow::wire

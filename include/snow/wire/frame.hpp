#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "snow/base/error.hpp"
#include "snow/codec/byte_buffer.hpp"
#include "snow/wire/tag.hpp"

namespace snow::wire {

/// The unit of the byte stream:
/// ```
///   0        4     5
///   +--------+-----+----------+
///   | length | tag | body ... |     length: u32, little-endian, of tag and body: 1 at least
///   +--------+-----+----------+
/// ```
struct frame {
  wire::tag tag{};
  std::span<const std::byte> body;  ///< a view into what was received
};

inline constexpr std::size_t frame_header = 5;
static_assert(frame_header == sizeof(std::uint32_t) + sizeof(tag));

/// Takes the frames off the front of received bytes. Nothing is copied; the bytes of a frame that is not
/// complete yet stay where they are, and a frame that is too long is known by its first four bytes.
class frame_reader {
 public:
  frame_reader(std::span<const std::byte> received, std::uint32_t largest_body) noexcept
      : received_{received}, largest_{largest_body} {}

  /// The next frame. False: more bytes are needed, or the peer broke the rules (`failed`).
  bool next(frame& f) noexcept;

  /// Of what the next frames may be, from now on.
  void set_largest(std::uint32_t body) noexcept { largest_ = body; }
  /// How many bytes the frames took that were given out.
  std::size_t consumed() const noexcept { return consumed_; }
  /// How many bytes, counted from `consumed()`, make the next frame complete, as far as is known.
  std::size_t wanted() const noexcept { return wanted_; }
  bool failed() const noexcept { return why_ != nullptr; }
  /// `protocol_violation`.
  error why() const;

 private:
  std::span<const std::byte> received_;
  std::uint32_t largest_;
  std::size_t consumed_ = 0;
  std::size_t wanted_ = frame_header;
  std::uint32_t length_ = 0;
  const char* why_ = nullptr;
};

/// Appends the header of a frame whose length `end_frame` will fill in. What it returns says where it stands.
inline std::size_t begin_frame(byte_buffer& out, tag t) {
  std::size_t const at = out.size();
  out.append(frame_header)[4] = static_cast<std::byte>(t);
  return at;
}
/// Everything behind the header is the body. Returns its length; whether the peer takes so much is for the
/// caller to judge.
inline std::size_t end_frame(byte_buffer& out, std::size_t at) noexcept {
  std::size_t const length = out.size() - at - sizeof(std::uint32_t);
  for (std::size_t i = 0; i < sizeof(std::uint32_t); ++i)
    out.data()[at + i] = static_cast<std::byte>(length >> (8 * i));
  return length - sizeof(tag);
}

inline bool frame_reader::next(frame& f) noexcept {
  if (why_) return false;
  auto const rest = received_.subspan(consumed_);
  wanted_ = frame_header;
  if (rest.size() < sizeof(std::uint32_t)) return false;
  length_ = 0;
  for (std::size_t i = 0; i < sizeof(std::uint32_t); ++i)
    length_ |= std::to_integer<std::uint32_t>(rest[i]) << (8 * i);
  if (length_ == 0) return why_ = "a frame without a tag", false;
  if (length_ - sizeof(tag) > largest_) return why_ = "a frame that is too long", false;
  wanted_ = sizeof(std::uint32_t) + length_;
  if (rest.size() < wanted_) return false;
  f.tag = static_cast<tag>(rest[4]);
  f.body = rest.subspan(frame_header, length_ - sizeof(tag));
  consumed_ += wanted_;
  wanted_ = frame_header;
  return true;
}

inline error frame_reader::why() const {
  return error{errc::protocol_violation, std::string{why_ ? why_ : "no error"} + ": length " +
                                             std::to_string(length_) + ", at most " +
                                             std::to_string(std::uint64_t{largest_} + sizeof(tag))};
}

}  // namespace snow::wire

#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "snow/base/pid.hpp"
#include "snow/codec/byte_buffer.hpp"
#include "snow/codec/node_names.hpp"

namespace snow {

static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big,
              "snow: a machine of mixed byte order is not supported");

/// How deep values may be nested within each other.
inline constexpr unsigned deepest_nesting = 64;

/// Appends values to a buffer: little-endian numbers, LEB128 varints. A value that cannot travel makes it
/// `failed`; whoever encodes then cuts the buffer back.
class writer {
 public:
  explicit writer(byte_buffer& out, node_names* names = nullptr) noexcept : out_{out}, names_{names} {}

  /// A number of fixed size, by its bytes, the lowest first.
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void number(const T& value) {
    std::byte* const at = out_.append(sizeof(T));
    std::memcpy(at, &value, sizeof(T));
    if constexpr (std::endian::native == std::endian::big)
      for (std::size_t i = 0; i < sizeof(T) / 2; ++i) std::swap(at[i], at[sizeof(T) - 1 - i]);
  }
  void varint(std::uint64_t v) {
    std::byte* const begin = out_.prepare(10);
    std::byte* at = begin;
    for (; v >= 0x80; v >>= 7) *at++ = static_cast<std::byte>(v | 0x80);
    *at++ = static_cast<std::byte>(v);
    out_.commit(static_cast<std::size_t>(at - begin));
  }
  void bytes(std::span<const std::byte> b) { out_.append(b); }
  /// A length, then the bytes.
  void string(std::string_view s) {
    varint(s.size());
    bytes(std::as_bytes(std::span{s}));
  }
  void pid(const snow::pid& p) {
    varint(index_of(p.node));
    varint(p.slot);
    varint(p.generation);
  }

  std::size_t position() const noexcept { return out_.size(); }
  byte_buffer& buffer() noexcept { return out_; }
  /// Overwrites four bytes that were written before.
  void patch(std::size_t at, std::uint32_t value) noexcept {
    for (std::size_t i = 0; i < 4; ++i) out_.data()[at + i] = static_cast<std::byte>(value >> (8 * i));
  }

  /// Around what can stand within itself: what is nested too deeply for a reader is not written.
  bool enter() noexcept {
    if (depth_ == deepest_nesting) return fail("nested too deeply"), false;
    return ++depth_, true;
  }
  void leave() noexcept { --depth_; }

  void fail(const char* why) noexcept {
    if (!why_) why_ = why;
  }
  bool failed() const noexcept { return why_ != nullptr; }
  const char* why() const noexcept { return why_ ? why_ : ""; }

  /// The nodes that were named so far, in the order of their first use.
  const std::vector<node_id>& named_nodes() const noexcept { return used_; }
  node_names* names() const noexcept { return names_; }

 private:
  std::uint64_t index_of(node_id n) {
    if (n == no_node) return 0;
    if (!names_) return fail("a pid cannot be written here"), 0;
    for (std::size_t i = 0; i < used_.size(); ++i)
      if (used_[i] == n) return i + 1;
    used_.push_back(n);
    return used_.size();
  }

  byte_buffer& out_;
  node_names* names_;
  std::vector<node_id> used_;
  const char* why_ = nullptr;
  unsigned depth_ = 0;
};

}  // namespace snow

#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "snow/base/bytes.hpp"
#include "snow/base/error.hpp"
#include "snow/base/pid.hpp"
#include "snow/codec/node_names.hpp"
#include "snow/codec/writer.hpp"

namespace snow {

/// What decoding one message may cost.
struct read_limits {
  std::size_t memory = std::size_t{256} << 20;  ///< bytes that decoded values may take
  unsigned nesting = deepest_nesting;
};

/// Reads values out of bytes that nobody has checked. Nothing throws: the first fault is kept with its place,
/// and everything read after it is zero or empty.
class reader {
 public:
  explicit reader(std::span<const std::byte> in, node_names* names = nullptr,
                  const read_limits& limits = {}) noexcept
      : begin_{in.data()}, at_{in.data()}, end_{in.data() + in.size()}, names_{names}, limits_{limits} {}
  /// Decoded `snow::bytes` share `in`.
  explicit reader(const snow::bytes& in, node_names* names = nullptr, const read_limits& limits = {}) noexcept
      : reader{in.span(), names, limits} {
    shared_ = &in;
  }

  std::size_t position() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  template <class T>
  requires(std::is_trivially_copyable_v<T> && !std::same_as<T, bool>) T number()
  noexcept {
    T value{};
    if (remaining() < sizeof(T)) return fail("the bytes end within a number"), value;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&value, at_, sizeof(T));
    } else {
      std::byte turned[sizeof(T)];
      for (std::size_t i = 0; i < sizeof(T); ++i) turned[i] = at_[sizeof(T) - 1 - i];
      std::memcpy(&value, turned, sizeof(T));
    }
    at_ += sizeof(T);
    return value;
  }
  /// Canonical LEB128 only: no needless last byte, no bits beyond the 64th.
  std::uint64_t varint() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (at_ == end_) return fail("the bytes end within a varint"), 0;
      auto const byte = std::to_integer<std::uint64_t>(*at_++);
      if (shift == 63 && byte > 1) return fail("a varint of more than 64 bits"), 0;
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) {
        if (byte == 0 && shift != 0) return fail("a varint that is longer than it must be"), 0;
        return value;
      }
    }
  }
  /// A varint that must fit `T`.
  template <class T>
  T small() noexcept {
    std::uint64_t const v = varint();
    if (v > std::numeric_limits<T>::max()) return fail("a number that is too large"), T{};
    return static_cast<T>(v);
  }
  /// How many elements follow, each of which takes `least` bytes or more; so no count makes us allocate more
  /// than was sent.
  std::size_t count(std::size_t least = 1) noexcept {
    std::uint64_t const n = varint();
    if (n > remaining() / least) return fail("a count of more than there is"), 0;
    return static_cast<std::size_t>(n);
  }
  std::span<const std::byte> bytes(std::size_t n) noexcept {
    if (n > remaining()) return fail("a length of more than there is"), std::span<const std::byte>{};
    std::span<const std::byte> const taken{at_, n};
    at_ += n;
    return taken;
  }
  /// A length, then the bytes. The view is into the input.
  std::string_view string() noexcept {
    auto const b = bytes(count());
    return {reinterpret_cast<const char*>(b.data()), b.size()};
  }
  /// The next `n` bytes as shared bytes: a slice of the input where that is shared, a copy otherwise.
  snow::bytes shared(std::size_t n) {
    auto const b = bytes(n);
    if (shared_) return shared_->slice(static_cast<std::size_t>(b.data() - begin_), b.size());
    constexpr std::size_t shares = 64;  // what counts the owners, in a block of its own
    return b.empty() || !spend(n + shares) ? snow::bytes{} : snow::bytes::copy_of(b);
  }
  snow::pid pid() noexcept {
    std::uint64_t const index = varint();
    snow::pid p{no_node, small<std::uint32_t>(), varint()};
    if (index == 0) return p == snow::pid{} ? p : (fail("a pid of no node that is not null"), snow::pid{});
    if (index > nodes_.size()) return fail("a pid of a node that was not named"), snow::pid{};
    p.node = nodes_[static_cast<std::size_t>(index - 1)];
    return p;
  }

  /// Before memory is taken for what was read. False, and failed, beyond the limit.
  bool spend(std::size_t memory) noexcept {
    if (memory > limits_.memory) return fail("more memory than a message may take"), false;
    limits_.memory -= memory;
    return !failed();
  }
  /// Around what can stand within itself.
  bool enter() noexcept {
    if (depth_ == limits_.nesting) return fail("nested too deeply"), false;
    return ++depth_, true;
  }
  void leave() noexcept { --depth_; }

  void fail(const char* why) noexcept {
    if (why_) return;
    why_ = why;
    failed_at_ = position();
    at_ = end_;
  }
  bool failed() const noexcept { return why_ != nullptr; }
  /// `bad_arguments` with the fault and its offset.
  snow::error error() const {
    return snow::error{errc::bad_arguments,
                       std::string{why_ ? why_ : "no error"} + ", at byte " + std::to_string(failed_at_)};
  }
  /// Fails unless everything was read.
  void finish() noexcept {
    if (!failed() && at_ != end_) fail("bytes behind the end");
  }

  void know(std::vector<node_id> nodes) noexcept { nodes_ = std::move(nodes); }
  node_names* names() const noexcept { return names_; }

 private:
  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  node_names* names_;
  read_limits limits_;
  const snow::bytes* shared_ = nullptr;
  std::vector<node_id> nodes_;
  const char* why_ = nullptr;
  std::size_t failed_at_ = 0;
  unsigned depth_ = 0;
};

}  // namespace snow

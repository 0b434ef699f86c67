#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "snow/base/errc.hpp"
#include "snow/base/pid.hpp"
#include "snow/base/result.hpp"
#include "snow/codec/byte_buffer.hpp"
#include "snow/codec/reader.hpp"
#include "snow/reflect/shape.hpp"
#include "snow/wire/frame.hpp"
#include "snow/wire/limits.hpp"

namespace snow::wire {

/// A process in a header. Its node is never written down: which of the session's two it is follows from the
/// field, so that no peer can speak for another node's process (S-54).
struct process {
  std::uint32_t slot = 0;
  std::uint64_t generation = 0;

  static constexpr process of(const pid& p) noexcept { return {p.slot, p.generation}; }
  constexpr pid at(node_id node) const noexcept { return {node, slot, generation}; }
  friend constexpr auto operator<=>(const process&, const process&) noexcept = default;
};

/// Why something has no value, or why a process ended. The text is a view into the frame.
struct cause {
  errc code = errc::normal;
  std::string_view text;
  friend bool operator==(const cause&, const cause&) = default;
};

/// A list of which a frame carries so many at most; what is more takes another frame.
template <class T, std::size_t Most>
class few {
 public:
  static constexpr std::size_t most = Most;
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  bool full() const noexcept { return size_ == Most; }
  /// Not to be called when `full`.
  void push_back(const T& t) noexcept { items_[size_++] = t; }
  void resize(std::size_t n) noexcept { size_ = n; }
  T* begin() noexcept { return items_.data(); }
  T* end() noexcept { return items_.data() + size_; }
  const T* begin() const noexcept { return items_.data(); }
  const T* end() const noexcept { return items_.data() + size_; }

 private:
  std::array<T, Most> items_{};
  std::size_t size_ = 0;
};

/// A message's `layout(self, io)` lists its fields once. `field_writer` and `field_reader` give them the same
/// bytes in both directions.
class field_writer {
 public:
  explicit field_writer(byte_buffer& out) : out_{out} { make_room(0); }
  ~field_writer() { out_.commit(static_cast<std::size_t>(at_ - begin_)); }
  field_writer(const field_writer&) = delete;
  field_writer& operator=(const field_writer&) = delete;

  void number(std::uint64_t v) noexcept {
    for (; v >= 0x80; v >>= 7) byte(static_cast<std::uint8_t>(v | 0x80));
    byte(static_cast<std::uint8_t>(v));
  }
  void number(std::uint32_t v) noexcept { number(std::uint64_t{v}); }
  /// A number that is as likely large as small.
  void fixed(std::uint64_t v) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(at_, &v, sizeof(v));
      at_ += sizeof(v);
    } else {
      for (unsigned shift = 0; shift < 64; shift += 8) byte(static_cast<std::uint8_t>(v >> shift));
    }
  }
  void pid(const process& p) noexcept {
    number(p.slot);
    number(p.generation);
  }
  void key(const type_key& k) noexcept {
    fixed(k.name_hash);
    fixed(k.fingerprint);
  }
  void byte(std::uint8_t v) noexcept { *at_++ = static_cast<std::byte>(v); }
  void bits(std::uint8_t v, std::uint8_t) noexcept { byte(v); }
  void code(errc e) noexcept { number(static_cast<std::uint64_t>(e)); }
  /// An enumeration whose values are 0 to `last`.
  template <class E>
  void choice(E e, E) noexcept {
    byte(static_cast<std::uint8_t>(e));
  }
  /// What is too long is cut off.
  void text(std::string_view s, std::size_t most) { name(s.substr(0, most)); }
  void name(std::string_view s) {
    number(s.size());
    rest(std::as_bytes(std::span{s}));
  }
  template <std::size_t N>
  void raw(const std::array<std::byte, N>& a) noexcept {
    static_assert(N <= 16);
    std::memcpy(at_, a.data(), N);
    at_ += N;
  }
  void rest(std::span<const std::byte> b) {
    if (b.empty()) return;
    make_room(b.size());
    std::memcpy(at_, b.data(), b.size());
    at_ += b.size();
  }
  template <class T, std::size_t Most, class F>
  void each(const few<T, Most>& list, F f) {
    number(list.size());
    for (auto const& item : list) {
      make_room(0);
      f(item);
    }
  }
  /// One byte that says which of them are there.
  template <class... T>
  void which(const std::optional<T>&... o) noexcept {
    unsigned bits = 0, bit = 1;
    ((bits |= o ? bit : 0u, bit <<= 1), ...);
    byte(static_cast<std::uint8_t>(bits));
  }

 private:
  /// More than any message has of fields of bounded size, one behind the other: those need no look at the
  /// room.
  static constexpr std::size_t bounded = 192;

  void make_room(std::size_t n) {
    out_.commit(static_cast<std::size_t>(at_ - begin_));
    begin_ = at_ = out_.prepare(n + bounded);
  }

  byte_buffer& out_;
  std::byte* begin_ = nullptr;
  std::byte* at_ = nullptr;
};

/// Checks everything. The first fault stays in the reader.
class field_reader {
 public:
  explicit field_reader(reader& r) noexcept : r_{r} {}

  void number(std::uint64_t& v) noexcept { v = r_.varint(); }
  void number(std::uint32_t& v) noexcept { v = r_.small<std::uint32_t>(); }
  void fixed(std::uint64_t& v) noexcept { v = r_.number<std::uint64_t>(); }
  void pid(process& p) noexcept {
    p.slot = r_.small<std::uint32_t>();
    p.generation = r_.varint();
  }
  void key(type_key& k) noexcept {
    k.name_hash = r_.number<std::uint64_t>();
    k.fingerprint = r_.number<std::uint64_t>();
  }
  void byte(std::uint8_t& v) noexcept { v = r_.number<std::uint8_t>(); }
  void bits(std::uint8_t& v, std::uint8_t known) noexcept {
    v = r_.number<std::uint8_t>();
    if ((v & ~known) != 0) r_.fail("a flag of an unknown meaning");
  }
  void code(errc& e) noexcept {
    auto const v = r_.small<std::uint16_t>();
    if (!r_.failed() && !is_errc(v)) r_.fail("an error of an unknown number");
    e = static_cast<errc>(v);
  }
  template <class E>
  void choice(E& e, E last) noexcept {
    auto const v = r_.number<std::uint8_t>();
    if (v > static_cast<std::uint8_t>(last)) r_.fail("a choice of an unknown number");
    e = static_cast<E>(v);
  }
  void text(std::string_view& s, std::size_t most) noexcept {
    s = r_.string();
    if (s.size() > most) r_.fail("a text that is too long");
  }
  void name(std::string_view& s) noexcept {
    s = r_.string();
    if (!r_.failed() && (s.empty() || s.size() > longest_name)) r_.fail("a name of a bad length");
  }
  template <std::size_t N>
  void raw(std::array<std::byte, N>& a) noexcept {
    auto const b = r_.bytes(N);
    if (!b.empty()) std::memcpy(a.data(), b.data(), N);
  }
  void rest(std::span<const std::byte>& b) noexcept { b = r_.bytes(r_.remaining()); }
  template <class... T>
  void which(std::optional<T>&... o) noexcept {
    auto const bits = r_.number<std::uint8_t>();
    if (bits >> sizeof...(T) != 0) r_.fail("a flag of an unknown meaning");
    unsigned bit = 1;
    ((bits & bit ? void(o.emplace()) : o.reset(), bit <<= 1), ...);
  }
  template <class T, std::size_t Most, class F>
  void each(few<T, Most>& list, F f) noexcept {
    std::size_t const n = r_.count();
    if (n > Most) return r_.fail("a list that is too long");
    list.resize(n);
    for (auto& item : list) f(item);
  }
  void fail(const char* why) noexcept { r_.fail(why); }

 private:
  reader& r_;
};

/// Appends the frame but for its length, which `end_frame` fills in: of a message whose body is still to be
/// written.
template <class M>
std::size_t begin(byte_buffer& out, const M& m) {
  std::size_t const at = begin_frame(out, M::is);
  field_writer io{out};
  M::layout(m, io);
  return at;
}

/// Appends the whole frame.
template <class M>
void put(byte_buffer& out, const M& m) {
  end_frame(out, begin(out, m));
}

/// Reads the body of a frame of that message's tag. The error is a `protocol_violation` that names the
/// message, the fault and its place; the views are into `body`.
template <class M>
result<M> get(std::span<const std::byte> body) {
  reader r{body};
  field_reader io{r};
  result<M> m{std::in_place};
  M::layout(*m, io);
  r.finish();
  if (r.failed())
    m = error{errc::protocol_violation,
              std::string{to_string(M::is)}.append(": ").append(r.error().details())};
  return m;
}

}  // namespace snow::wire

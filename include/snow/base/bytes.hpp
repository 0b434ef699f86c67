#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace snow {

/// Shared, immutable bytes: the way for large payloads. A copy shares, a `slice` shares, nothing is copied
/// between the actors of a node nor on the way to the socket. Up to `longest_short` bytes lie in the object
/// itself: nothing is allocated, and `data` moves with it. Thread-safe as a `shared_ptr` is.
class bytes {
 public:
  static constexpr std::size_t longest_short = 40;

  bytes() noexcept = default;
  /// One copy, at the making.
  static bytes copy_of(std::span<const std::byte> from) {
    if (from.size() <= longest_short) return {nullptr, from};
    auto block = std::make_shared_for_overwrite<std::byte[]>(from.size());
    std::memcpy(block.get(), from.data(), from.size());
    std::span<const std::byte> const view{block.get(), from.size()};
    return {std::move(block), view};
  }
  static bytes copy_of(std::string_view from) { return copy_of(std::as_bytes(std::span{from})); }
  /// Takes what some owner keeps alive: `{owner, span into it}`.
  bytes(std::shared_ptr<const void> owner, std::span<const std::byte> view) noexcept : size_{view.size()} {
    if (size_ > longest_short) {
      owner_ = std::move(owner);
      shared_ = view.data();
    } else if (size_ != 0) {
      std::memcpy(short_, view.data(), size_);
    }
  }

  std::span<const std::byte> span() const noexcept { return {data(), size_}; }
  const std::byte* data() const noexcept { return size_ <= longest_short ? short_ : shared_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data()), size_}; }

  /// A part that shares the whole's memory. `offset + count` must lie within `size()`.
  bytes slice(std::size_t offset, std::size_t count) const noexcept {
    return {owner_, span().subspan(offset, count)};
  }

  friend bool operator==(const bytes& a, const bytes& b) noexcept {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
  }

 private:
  std::shared_ptr<const void> owner_;
  std::size_t size_ = 0;
  union {
    const std::byte* shared_;
    std::byte short_[longest_short] = {};
  };
};

}  // namespace snow

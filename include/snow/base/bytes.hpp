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
/// between the actors of a node nor on the way to the socket. Thread-safe as a `shared_ptr` is.
class bytes {
 public:
  bytes() noexcept = default;
  /// One copy, at the making.
  static bytes copy_of(std::span<const std::byte> from) {
    if (from.empty()) return {};
    std::shared_ptr<std::byte[]> block{new std::byte[from.size()]};
    std::memcpy(block.get(), from.data(), from.size());
    return {block, {block.get(), from.size()}};
  }
  static bytes copy_of(std::string_view from) { return copy_of(std::as_bytes(std::span{from})); }
  /// Takes what some owner keeps alive: `{owner, span into it}`.
  bytes(std::shared_ptr<const void> owner, std::span<const std::byte> view) noexcept
      : owner_{std::move(owner)}, view_{view} {}

  std::span<const std::byte> span() const noexcept { return view_; }
  const std::byte* data() const noexcept { return view_.data(); }
  std::size_t size() const noexcept { return view_.size(); }
  bool empty() const noexcept { return view_.empty(); }
  std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(view_.data()), view_.size()};
  }

  /// A part that shares the whole's memory. `offset + count` must lie within `size()`.
  bytes slice(std::size_t offset, std::size_t count) const noexcept {
    return {owner_, view_.subspan(offset, count)};
  }

  friend bool operator==(const bytes& a, const bytes& b) noexcept {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
  }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> view_;
};

}  // namespace snow

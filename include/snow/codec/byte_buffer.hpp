#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace snow {

/// Bytes that grow at the end and are never zero-filled. Appending is amortised O(1).
class byte_buffer {
 public:
  byte_buffer() = default;
  byte_buffer(byte_buffer&& other) noexcept { swap(other); }
  byte_buffer& operator=(byte_buffer&& other) noexcept {
    swap(other);
    return *this;
  }

  std::byte* data() noexcept { return data_.get(); }
  const std::byte* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }
  std::span<const std::byte> span() const noexcept { return {data_.get(), size_}; }

  /// Makes room for `n` bytes more and says where. `size()` grows with `commit`.
  std::byte* prepare(std::size_t n) {
    if (capacity_ - size_ < n) reserve(size_ + n > 2 * capacity_ ? size_ + n : 2 * capacity_);
    return data_.get() + size_;
  }
  void commit(std::size_t n) noexcept { size_ += n; }
  std::byte* append(std::size_t n) {
    std::byte* const at = prepare(n);
    size_ += n;
    return at;
  }
  void append(std::span<const std::byte> bytes) {
    if (!bytes.empty()) std::memcpy(append(bytes.size()), bytes.data(), bytes.size());
  }
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    std::unique_ptr<std::byte[]> larger{new std::byte[capacity]};
    if (size_ != 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = capacity;
  }
  /// Cuts off what stands behind the first `n` bytes.
  void truncate(std::size_t n) noexcept { size_ = n; }
  void clear() noexcept { size_ = 0; }
  void swap(byte_buffer& other) noexcept {
    data_.swap(other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  /// Gives the memory away; the buffer is empty after.
  std::unique_ptr<std::byte[]> release() noexcept {
    size_ = capacity_ = 0;
    return std::move(data_);
  }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace snow

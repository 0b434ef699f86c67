#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

namespace snow {

/// Where the bytes of a connection arrive: `room` is filled from its front, `unread` is taken off its front.
/// As large as the connection is busy: what fills it makes it grow, and a long row of reads that would fit
/// into a quarter of it makes it shrink.
class receive_buffer {
 public:
  explicit receive_buffer(std::size_t size) : memory_{new std::byte[size]}, size_{size} {}

  std::span<std::byte> room() noexcept { return {memory_.get() + end_, size_ - end_}; }
  void arrived(std::size_t n) noexcept {
    end_ += n;
    small_reads_ = n < size_ / 4 ? small_reads_ + 1 : 0;
  }
  std::span<const std::byte> unread() const noexcept { return {memory_.get() + begin_, end_ - begin_}; }
  void taken(std::size_t n) noexcept { begin_ += n; }
  std::size_t size() const noexcept { return size_; }

  /// Moves what is unread to the front, of `least` bytes of memory to `most`, or more if more is unread. Not
  /// while bytes are being read into `room`.
  void tidy(std::size_t least, std::size_t most) {
    std::size_t const left = end_ - begin_;
    std::size_t size = size_;
    if (end_ == size_) {
      size *= 4;
    } else if (small_reads_ >= many) {
      size /= 2;
      small_reads_ = 0;
    }
    size = std::max(std::clamp(size, least, most), left);
    if (size != size_ && (size > size_ || size > left)) {
      std::unique_ptr<std::byte[]> other{new std::byte[size]};
      std::copy_n(memory_.get() + begin_, left, other.get());
      memory_ = std::move(other);
      size_ = size;
    } else if (begin_ != 0) {
      std::memmove(memory_.get(), memory_.get() + begin_, left);
    }
    begin_ = 0;
    end_ = left;
  }

 private:
  static constexpr unsigned many = 64;

  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  unsigned small_reads_ = 0;  // in a row
};

}  // namespace snow

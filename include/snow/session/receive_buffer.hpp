#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

namespace snow {

/// Where the bytes of a connection arrive: `room` is filled from its front, `unread` is taken off its front.
class receive_buffer {
 public:
  explicit receive_buffer(std::size_t size) : memory_{new std::byte[size]}, size_{size} {}

  std::span<std::byte> room() noexcept { return {memory_.get() + end_, size_ - end_}; }
  void arrived(std::size_t n) noexcept { end_ += n; }
  std::span<const std::byte> unread() const noexcept { return {memory_.get() + begin_, end_ - begin_}; }
  void taken(std::size_t n) noexcept { begin_ += n; }

  /// Moves what is unread to the front, of `size` bytes of memory, or more if more is unread. Not while bytes
  /// are being read into `room`.
  void tidy(std::size_t size) {
    std::size_t const left = end_ - begin_;
    size = std::max(size, left);
    if (size != size_) {
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
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace snow

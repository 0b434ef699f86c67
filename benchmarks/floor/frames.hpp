#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

/// What the floors send: the least that a message of a number could be.
struct frame {
  std::uint32_t length;  ///< of what follows
  std::uint32_t kind;
  std::uint64_t number;
};
static_assert(sizeof(frame) == 16);

constexpr std::size_t batch_size = 64 * 1024;
constexpr std::uint64_t outstanding = 256;
constexpr std::size_t mebibyte = 1 << 20;

constexpr std::uint64_t sum_to(std::uint64_t n) {
  return n * (n + 1) / 2;
}

inline void append(std::vector<char>& to, std::uint64_t number) {
  frame const f{sizeof f - sizeof f.length, 0, number};
  auto const* bytes = reinterpret_cast<const char*>(&f);
  to.insert(to.end(), bytes, bytes + sizeof f);
}

/// Appends the numbers after `last`, as many as a batch has room for, up to `end`. Returns the last one.
inline std::uint64_t append_batch(std::vector<char>& to, std::uint64_t last, std::uint64_t end) {
  while (last < end && to.size() + sizeof(frame) <= batch_size) append(to, ++last);
  return last;
}

/// A length and 1 MiB.
inline std::vector<char> large_frame() {
  constexpr std::uint32_t length = mebibyte;
  std::vector<char> whole(sizeof length + length, 'b');
  std::memcpy(whole.data(), &length, sizeof length);
  return whole;
}

/// Bytes that came, and a frame's beginning that was left of those before.
class incoming {
 public:
  char* free() { return bytes_.data() + filled_; }
  std::size_t room() const { return bytes_.size() - filled_; }

  /// `size` more came: tells of each whole frame.
  template <class F>
  void came(std::size_t size, F on_number) {
    filled_ += size;
    std::size_t taken = 0;
    for (frame f; filled_ - taken >= sizeof f; taken += sizeof f) {
      std::memcpy(&f, bytes_.data() + taken, sizeof f);
      if (f.length == sizeof f - sizeof f.length) on_number(f.number);
    }
    std::memmove(bytes_.data(), bytes_.data() + taken, filled_ -= taken);
  }

 private:
  std::vector<char> bytes_ = std::vector<char>(batch_size);
  std::size_t filled_ = 0;
};

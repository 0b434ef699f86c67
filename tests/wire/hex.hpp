#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hexadecimal {

using byte_vector = std::vector<std::byte>;

inline std::string hex(std::span<const std::byte> bytes) {
  std::string out;
  for (auto const b : bytes) {
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4];
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) & 15];
  }
  return out;
}

/// Blanks between the digits are for the reader.
inline byte_vector unhex(std::string_view text) {
  byte_vector out;
  int high = -1;
  for (char const c : text) {
    if (c == ' ') continue;
    int const digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<std::byte>(high << 4 | digit));
      high = -1;
    }
  }
  return out;
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

/// The bytes at the very end of a block of their own, so that AddressSanitizer sees one read too many.
class exact {
 public:
  explicit exact(std::span<const std::byte> from) : size_{from.size()}, data_{new std::byte[from.size()]} {
    if (!from.empty()) std::memcpy(data_.get(), from.data(), from.size());
  }
  std::span<const std::byte> span() const { return {data_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[]> data_;
};

/// The same numbers for the same seed, everywhere.
class dice {
 public:
  explicit dice(std::uint32_t seed) : engine_{seed} {}
  std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }

 private:
  std::mt19937 engine_;
};

/// What a peer out of its mind, or worse, makes of good bytes: every truncation, every flipped bit, and some
/// random changes. Calls `f` with each.
template <class F>
void for_each_damage(std::span<const std::byte> good, F&& f) {
  for (std::size_t n = 0; n < good.size(); ++n) f(exact{good.first(n)}.span());
  byte_vector bad(good.begin(), good.end());
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    auto const mask = static_cast<std::byte>(1u << bit % 8);
    bad[bit / 8] ^= mask;
    f(exact{bad}.span());
    bad[bit / 8] ^= mask;
  }
  dice random{4711};
  for (int round = 0; round < 300; ++round) {
    bad.assign(good.begin(), good.end());
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      std::size_t const at = random() % (bad.size() + 1);
      auto const where = bad.begin() + static_cast<std::ptrdiff_t>(at);
      switch (random() % 3) {
        case 0:
          bad.insert(where, static_cast<std::byte>(random()));
          break;
        case 1:
          if (at < bad.size()) bad.erase(where);
          break;
        default:
          if (at < bad.size()) *where = static_cast<std::byte>(random());
      }
    }
    f(exact{bad}.span());
  }
}

inline byte_vector random_bytes(dice& random, std::size_t n) {
  byte_vector out(n);
  for (auto& b : out) b = static_cast<std::byte>(random());
  return out;
}

}  // namespace hexadecimal

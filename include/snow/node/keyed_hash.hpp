#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "snow/base/random.hpp"

namespace snow {

/// SipHash-2-4 under a key of the node's own: what others cannot foresee. For tables keyed by what peers
/// choose, and for tokens.
class keyed_hash {
 public:
  explicit keyed_hash(random& from) : keyed_hash{from.next(), from.next()} {}
  constexpr keyed_hash(std::uint64_t k0, std::uint64_t k1) noexcept : k0_{k0}, k1_{k1} {}

  std::uint64_t operator()(std::span<const std::byte> in) const noexcept;
  std::uint64_t operator()(std::string_view in) const noexcept {
    return (*this)(std::as_bytes(std::span{in}));
  }
  template <class... Ints>
  std::uint64_t of(Ints... values) const noexcept {
    std::array<std::uint64_t, sizeof...(Ints)> const all{static_cast<std::uint64_t>(values)...};
    return (*this)(std::as_bytes(std::span{all}));
  }

 private:
  struct state {
    std::uint64_t v0, v1, v2, v3;
    void round() noexcept {
      v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
      v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
    }
    void take(std::uint64_t m) noexcept {
      v3 ^= m;
      round();
      round();
      v0 ^= m;
    }
  };

  std::uint64_t k0_;
  std::uint64_t k1_;
};

inline std::uint64_t keyed_hash::operator()(std::span<const std::byte> in) const noexcept {
  state s{k0_ ^ 0x736f6d6570736575u, k1_ ^ 0x646f72616e646f6du, k0_ ^ 0x6c7967656e657261u,
          k1_ ^ 0x7465646279746573u};
  std::uint64_t last = std::uint64_t{in.size()} << 56;
  std::size_t i = 0;
  for (; i + 8 <= in.size(); i += 8) {
    std::uint64_t m = 0;
    std::memcpy(&m, in.data() + i, 8);
    s.take(m);
  }
  for (unsigned shift = 0; i < in.size(); ++i, shift += 8)
    last |= std::to_integer<std::uint64_t>(in[i]) << shift;
  s.take(last);
  s.v2 ^= 0xFF;
  for (int n = 0; n < 4; ++n) s.round();
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

}  // namespace snow

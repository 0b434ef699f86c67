#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "snow/base/clock.hpp"
#include "snow/base/random.hpp"

namespace snow::testing {

/// Randomness that a seed repeats: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
/// generators, 2014). Fit for tests alone. Each part of a simulation throws dice of its own, so that more
/// throws here do not change what is thrown there.
class dice final : public random {
 public:
  explicit dice(std::uint64_t seed) noexcept : state_{seed} {}

  void fill(std::span<std::byte> out) override {
    for (std::size_t i = 0; i < out.size(); i += 8) {
      std::uint64_t const word = throw_one();
      for (std::size_t k = i; k < out.size() && k < i + 8; ++k)
        out[k] = static_cast<std::byte>(word >> 8 * (k - i));
    }
  }

  /// Less than `n`, which is not 0.
  std::uint64_t below(std::uint64_t n) noexcept { return throw_one() % n; }
  /// Between both, each included.
  std::uint64_t between(std::uint64_t least, std::uint64_t most) noexcept {
    return least + below(most - least + 1);
  }
  duration between(duration least, duration most) noexcept {
    return duration{static_cast<duration::rep>(
        between(static_cast<std::uint64_t>(least.count()), static_cast<std::uint64_t>(most.count())))};
  }
  /// Between 1 and `most`, small ones as likely as large ones: of any number of bits.
  std::uint64_t size_up_to(std::uint64_t most) noexcept {
    std::uint64_t const least = std::uint64_t{1} << below(static_cast<std::uint64_t>(std::bit_width(most)));
    return between(least, std::min(most, 2 * least - 1));
  }
  /// Once in `n` throws; never for 0.
  bool one_in(std::uint64_t n) noexcept { return n != 0 && below(n) == 0; }
  /// Others, that depend on these.
  dice split() noexcept { return dice{throw_one()}; }

 private:
  std::uint64_t throw_one() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }

  std::uint64_t state_;
};

}  // namespace snow::testing

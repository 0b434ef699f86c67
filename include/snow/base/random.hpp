#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace snow {

/// The only door to randomness: nonces, creations, tokens, hash seeds and jitter come through it.
/// Handed in, so that a simulation can repeat it. Thread-safe.
class random {
 public:
  virtual ~random() = default;
  /// Fills `out`. A node's own source is fit for nonces; throws `std::system_error` when it has none to give.
  virtual void fill(std::span<std::byte> out) = 0;
  std::uint64_t next() {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span{&value, 1}));
    return value;
  }
};

}  // namespace snow

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "snow/base/random.hpp"
#include "snow/runtime/worker.hpp"

namespace snow {

/// What nobody else can foresee, so that whoever shows it was told. Each worker draws many at a time from the
/// node's random source and shares them with no other: one costs a few nanoseconds.
class tokens {
 public:
  tokens(std::size_t workers, random& from) : random_{from}, drawn_(workers) {}

  /// On a worker: never 0, which stands for no token.
  std::uint64_t next() {
    batch& b = drawn_[worker::current()->index()];
    for (;;) {
      if (b.left == 0) {
        random_.fill(std::as_writable_bytes(std::span{b.values}));
        b.left = b.values.size();
      }
      if (std::uint64_t const token = b.values[--b.left]; token != 0) return token;
    }
  }

 private:
  struct alignas(64) batch {
    std::array<std::uint64_t, 63> values{};
    std::size_t left = 0;
  };

  random& random_;
  std::vector<batch> drawn_;
};

}  // namespace snow

#pragma once

#include <chrono>

namespace snow {

using duration = std::chrono::nanoseconds;
/// A moment of the node's monotonic clock; only differences mean anything, and only within one node.
using time_point = std::chrono::time_point<std::chrono::steady_clock, duration>;

/// The only door to time. Handed in, so that a simulation can move it.
class clock {
 public:
  virtual ~clock() = default;
  /// Monotonic. Thread-safe.
  virtual time_point now() noexcept = 0;
};

class steady_clock final : public clock {
 public:
  time_point now() noexcept override { return std::chrono::steady_clock::now(); }
};

}  // namespace snow

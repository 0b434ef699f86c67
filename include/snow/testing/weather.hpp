#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "snow/base/clock.hpp"

namespace snow::testing {

/// What a simulated network does to what is sent over it, in one direction; the bounds of what is drawn.
struct weather {
  duration latency_least = std::chrono::microseconds{50};
  duration latency_most = std::chrono::microseconds{500};
  std::uint64_t late_one_in = 0;                  ///< pieces: then it takes, and holds up those behind it,
  duration late_most = std::chrono::seconds{1};   ///< so long at most
  std::uint64_t bytes_per_second = 0;             ///< 0: no bound
  std::size_t buffer = std::size_t{256} << 10;    ///< bytes on their way, or not yet read; at least 1
  std::size_t write_most = std::size_t{1} << 20;  ///< of one `write`, at least 1; below 64 KiB, each is drawn
  std::size_t read_most = std::size_t{1} << 20;   ///< of one `read`, the same
  std::uint64_t reset_one_in = 0;                 ///< deliveries: then the connection is reset instead
  std::uint64_t refuse_one_in = 0;                ///< connects
  std::uint64_t hang_one_in = 0;                  ///< connects: then nobody ever answers
};

}  // namespace snow::testing

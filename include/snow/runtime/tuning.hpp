#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "snow/base/clock.hpp"

namespace snow {

/// How much of a kind is done before another has its turn. Nothing that is promised depends on it, and nobody
/// needs to set it: a simulation does, so that what is rare happens often (after FoundationDB's buggify). All
/// are at least 1, but for the durations and the budget.
struct tuning {
  // ---- of a worker
  int budget = 256;         ///< messages of one actor in a row, after the first
  int look_every = 256;     ///< messages between two looks at the clock
  unsigned most_warm = 64;  ///< actors that ran because they were woken last, in a row
  duration turn_length = std::chrono::microseconds{25};
  duration nap = std::chrono::milliseconds{1};  ///< between two looks at whether others need help; above 0
  std::uint64_t requests_at_once = 4096;        ///< numbers that it takes from the node's

  // ---- of a session
  std::size_t ready_to_write = std::size_t{256} << 10;  ///< bytes of signals in parts, ahead of the stream
  int writes_in_a_turn = 16;                            ///< while signals in parts are under way
  std::size_t piece = std::size_t{128} << 10;           ///< of the outbox
};

}  // namespace snow

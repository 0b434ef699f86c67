#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "figures.hpp"

/// What the codec is measured with.
struct sample {
  std::int64_t number = 0;
  std::string text;
  std::vector<double> values;
  friend bool operator==(const sample&, const sample&) = default;

  static sample made() {
    sample value{-1, std::string(32, 's'), std::vector<double>(100)};
    for (std::size_t i = 0; i < value.values.size(); ++i) value.values[i] = 0.5 * static_cast<double>(i);
    return value;
  }
};

/// Keeps the compiler from leaving out what nobody looks at.
template <class T>
void keep(T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

/// Nanoseconds for each call of `once`, which returns what it has read of what it has written.
template <class F>
double measure_both_ways(std::uint64_t times, F once) {
  auto const value = sample::made();
  auto const repeat = [&](std::uint64_t n) {
    for (std::uint64_t i = 0; i < n; ++i) {
      auto const read = once(value);
      keep(read);
    }
  };
  repeat(times / 10);
  figures::stopwatch const watch;
  repeat(times);
  return 1e9 / watch.per_second(times);
}

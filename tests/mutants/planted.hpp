#pragma once

#include <cstdlib>

/// Which fault of `table.json` acts in this run: its place in the table, counted from 1; 0 for none.
inline int planted_fault() noexcept {
  static int const number = [] {
    const char* const text = std::getenv("SNOW_PLANTED");
    return text ? std::atoi(text) : 0;
  }();
  return number;
}

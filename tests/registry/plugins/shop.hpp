#pragma once

#include <cstdint>
#include <string>

#include "snow/process.hpp"

/// What the program and its plugins know of each other.
namespace shop {

struct price {
  using reply_type = std::int64_t;
  std::int64_t pieces = 0;
};
struct close {};
struct closed {
  std::string by;
};

/// The program has it too.
inline int everywhere(int x) {
  return x + 1;
}

}  // namespace shop
SNOW_REGISTER(shop::everywhere);

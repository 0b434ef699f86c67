#pragma once

#include <snow/process.hpp>

namespace shop {
inline int everywhere(int x) {
  return x + 1;
}
}  // namespace shop
SNOW_REGISTER(shop::everywhere);

// Nothing refers to this unit: it only registers.
#include "everywhere.hpp"

namespace shop {
int in_a_library(int x) {
  return x + 3;
}
}  // namespace shop
SNOW_REGISTER(shop::in_a_library);

#include <snow/process.hpp>

namespace shop {
static int discount(int percent) {
  return 100 - percent;
}
}  // namespace shop
SNOW_REGISTER(shop::discount);

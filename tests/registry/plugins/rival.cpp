// Brings a function whose name the program has already, and one of its own.
#include "registry/plugins/shop.hpp"

namespace shop {

static int discount(int percent) {
  return 100 - percent;
}
int sale(int x) {
  return x;
}

}  // namespace shop
SNOW_REGISTER(shop::discount, shop::sale);

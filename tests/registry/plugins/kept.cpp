#include "registry/plugins/shop.hpp"

namespace shop {

int kept(int x) {
  return x;
}

}  // namespace shop
SNOW_REGISTER(shop::kept);

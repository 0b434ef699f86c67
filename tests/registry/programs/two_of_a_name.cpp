// Two units have each a function of their own under one name: no node starts. Prints why.
#include <snow/node.hpp>

#include <cstdio>

namespace shop {
static int discount(int percent) {
  return percent;
}
}  // namespace shop
SNOW_REGISTER(shop::discount);

int main() {
  try {
    snow::node const node;
    std::puts("the node started");
  } catch (const snow::error& e) {
    std::printf("%s\n", e.what());
    return e == snow::errc::duplicate ? 0 : 1;
  }
  return 1;
}

#include "registry/plugins/shop.hpp"

namespace shop {

/// Sells until it is told to close.
snow::actor seller(snow::context& self, std::int64_t each) {
  bool open = true;
  while (open) co_await self.receive([&](price p) { return each * p.pieces; }, [&](close) { open = false; });
  self.send<closed>(self.parent(), "a seller whose code may be gone when this is read");
}

}  // namespace shop
SNOW_REGISTER(shop::seller);

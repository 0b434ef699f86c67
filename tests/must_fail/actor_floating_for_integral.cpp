// A floating-point argument for an integral parameter.
// EXPECT: snow: a floating-point argument for an integral parameter
#include <snow/process.hpp>

#include <cstdint>

snow::actor counter(snow::context& self, std::uint64_t start);

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  self.spawn<counter>(10.5);  // SHOWN
#else
  self.spawn<counter>(10);
#endif
  co_return;
}

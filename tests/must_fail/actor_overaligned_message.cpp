// A message that the pools do not align.
// EXPECT: snow: a message may be aligned to 16 bytes at most
#include <snow/process.hpp>

#ifdef SNOW_MUST_FAIL
struct alignas(64) wide {
#else
struct alignas(16) wide {
#endif
  int n;
};

snow::actor app(snow::context& self) {
  self.send<wide>(self.id(), 1);
  co_return;
}

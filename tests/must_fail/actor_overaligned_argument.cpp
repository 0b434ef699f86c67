// An argument that the pools do not align.
// EXPECT: snow: an actor's argument may be aligned to 16 bytes at most
#include <snow/process.hpp>

#ifdef SNOW_MUST_FAIL
struct alignas(64) wide {
#else
struct alignas(16) wide {
#endif
  int n;
};
snow::actor takes(snow::context& self, wide w);

snow::actor app(snow::context& self) {
  wide const w{1};
  self.spawn<takes>(w);
  co_return;
}

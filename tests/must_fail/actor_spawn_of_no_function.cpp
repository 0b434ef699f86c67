// Something that cannot be called.
// EXPECT: snow: spawn<f> and call<f> take a function or a lambda without captures
#include <snow/process.hpp>

int value(int x);

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  self.spawn<5>();  // SHOWN
#else
  self.spawn<value>(5);
#endif
  co_return;
}

// A receive without a handler.
// EXPECT: snow: receive\(\) takes at least one handler
#include <snow/process.hpp>

struct tally {
  int n;
};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.receive();  // SHOWN
#else
  co_await self.receive([](tally) {});
#endif
}

// A handler that would change the message where it lies.
// EXPECT: snow: a handler takes its message by value, by const& or by &&
#include <snow/process.hpp>

struct tally {
  int n;
};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.receive([](tally&) {});  // SHOWN
#else
  co_await self.receive([](const tally&) {});
#endif
}

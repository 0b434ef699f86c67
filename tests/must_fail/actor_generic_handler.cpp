// A handler that does not say which message it takes.
// EXPECT: snow: a handler names the one message type that it takes
#include <snow/process.hpp>

struct tally {
  int n;
};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.receive([](auto) {});  // SHOWN
#else
  co_await self.receive([](tally) {});
#endif
}

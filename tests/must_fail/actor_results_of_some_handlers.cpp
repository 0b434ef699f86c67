// A receive that gives a value or none.
// EXPECT: snow: the handlers of one receive return nothing, all of them, or a value, all of them
#include <snow/process.hpp>

struct tally {
  int n;
};
struct stop {};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.receive([](tally t) { return t.n; }, [](stop) {});  // SHOWN
#else
  co_await self.receive([](tally t) { return t.n; }, [](stop) { return 0; });
#endif
}

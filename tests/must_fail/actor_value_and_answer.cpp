// A receive that gives a value, unless it answers.
// EXPECT: snow: a receive that returns a value takes no request that a handler answers by returning
#include <snow/process.hpp>

struct tally {
  int n;
};
struct total {
  using reply_type = int;
};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.receive([](tally t) { return t.n; }, [](total) { return 1; });  // SHOWN
#else
  co_await self.receive([](tally) {}, [](total) { return 1; });
#endif
}

// A handler that would answer twice: by its reply_to and by what it returns.
// EXPECT: snow: a handler with a reply_to returns nothing
#include <snow/process.hpp>

struct total {
  using reply_type = int;
};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.receive([](total, snow::reply_to<int>) { return 1; });  // SHOWN
#else
  co_await self.receive([](total, snow::reply_to<int> r) { r(1); });
#endif
}

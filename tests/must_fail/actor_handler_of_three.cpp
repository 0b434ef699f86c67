// A handler with a parameter too many.
// EXPECT: snow: a handler takes a message, or a request and the snow::reply_to that answers it later
#include <snow/process.hpp>

struct total {
  using reply_type = int;
};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.receive([](total, snow::reply_to<int>, int) {});  // SHOWN
#else
  co_await self.receive([](total, snow::reply_to<int>) {});
#endif
}

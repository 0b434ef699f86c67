// A right to answer what nobody asks.
// EXPECT: snow: a handler with a reply_to takes a request: give the message `using reply_type
#include <snow/process.hpp>

struct total {
#ifndef SNOW_MUST_FAIL
  using reply_type = int;
#endif
};

snow::actor app(snow::context& self) {
  co_await self.receive([](total, snow::reply_to<int>) {});  // SHOWN
}

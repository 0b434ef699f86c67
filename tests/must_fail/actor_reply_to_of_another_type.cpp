// A right to answer with another type than the request says.
// EXPECT: snow: the handler's second parameter is snow::reply_to<M::reply_type>
#include <snow/process.hpp>

struct total {
  using reply_type = int;
};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  co_await self.receive([](total, snow::reply_to<long>) {});  // SHOWN
#else
  co_await self.receive([](total, snow::reply_to<int>) {});
#endif
}

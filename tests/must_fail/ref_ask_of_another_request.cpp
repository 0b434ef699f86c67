// A request that the actor behind a reference does not take.
// EXPECT: snow: the actor behind this snow::ref does not take this message
// EXPECT: must_take<sum,
#include <snow/process.hpp>

struct total {
  using reply_type = int;
};
struct sum {
  using reply_type = int;
};

snow::actor_of<snow::takes<total>> counter(snow::context& self) {
  co_await self.receive([](total) { return 1; });
}

snow::actor app(snow::context& self) {
  auto const to = self.spawn<counter>();
  co_await self.ask<total>(to);
#ifdef SNOW_MUST_FAIL
  co_await self.ask<sum>(to);  // SHOWN
#endif
}

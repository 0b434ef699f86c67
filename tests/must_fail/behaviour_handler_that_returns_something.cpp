// A handler of no request that returns a value which is no verdict.
// EXPECT: snow: what a handler of a behaviour returns is an answer, of a request, or nothing, snow::go_on
#include <snow/cluster.hpp>

struct deposit {
  int cents = 0;
};

snow::actor account(snow::context& self) {
  int cents = 0;
#ifdef SNOW_MUST_FAIL
  co_await snow::serve(self, cents, [&](deposit d) { return cents += d.cents; });
#else
  co_await snow::serve(self, cents, [&](deposit d) -> snow::next {
    cents += d.cents;
    if (cents < 0) return snow::stop{"in debt"};
    return snow::go_on;
  });
#endif
}

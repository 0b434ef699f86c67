// A server that declares a message and has no handler for it.
// EXPECT: snow: this actor declares a message that none of its handlers takes: add a handler for it
// EXPECT: must_handle<snow::takes<deposit, balance>
#include <snow/cluster.hpp>

struct deposit {
  int cents = 0;
};
struct balance {
  using reply_type = int;
};

snow::actor_of<snow::takes<deposit, balance>> account(snow::context& self) {
  int cents = 0;
#ifdef SNOW_MUST_FAIL
  co_await snow::serve(self, cents, [&](deposit d) { cents += d.cents; });  // SHOWN
#else
  co_await snow::serve(
      self, cents, [&](deposit d) { cents += d.cents; }, [&](balance) { return cents; });
#endif
}

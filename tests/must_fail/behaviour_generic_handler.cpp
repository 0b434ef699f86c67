// A handler that does not say which message it takes.
// EXPECT: snow: a handler of a behaviour is a member function of its state, or what receive takes
#include <snow/cluster.hpp>

struct deposit {
  int cents = 0;
};
struct account {
  int cents = 0;
  void add(deposit d) { cents += d.cents; }
};

snow::actor bank(snow::context& self) {
  account state;
#ifdef SNOW_MUST_FAIL
  co_await snow::serve(self, state, [](auto) {});  // SHOWN
#else
  co_await snow::serve(self, state, &account::add);
#endif
}

// A temporary handler that captures what must be destroyed.
// EXPECT: snow: a handler that captures something to be destroyed is named first
#include <snow/cluster.hpp>

#include <string>

struct deposit {
  int cents = 0;
};

snow::actor bank(snow::context& self) {
  int state = 0;
  std::string const text = "more than nothing";
#ifdef SNOW_MUST_FAIL
  co_await snow::serve(self, state, [text](deposit) {});  // SHOWN
#else
  auto const handler = [text](deposit) {};
  co_await snow::serve(self, state, handler);
#endif
}

// A third parameter that cannot be sent. The context counts as the first.
// EXPECT: snow: watch: parameter 3 cannot be sent
#include <snow/process.hpp>

struct closed {
  closed();
  explicit closed(int);

 private:
  int value;
};
snow::actor watch(snow::context& self, int, closed);
snow::actor look(snow::context& self, int, int);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(watch);
#else
SNOW_REGISTER(look);
#endif

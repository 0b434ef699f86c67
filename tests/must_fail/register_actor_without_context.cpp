// An actor that takes no context.
// EXPECT: snow: lost: an actor takes a snow::context& first
#include <snow/process.hpp>

snow::actor lost(int x);
snow::actor found(snow::context& self, int x);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(lost);
#else
SNOW_REGISTER(found);
#endif

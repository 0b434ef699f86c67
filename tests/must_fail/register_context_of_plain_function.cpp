// A plain function that takes a context.
// EXPECT: snow: plain: parameter 1 is a snow::context
#include <snow/process.hpp>

int plain(snow::context& self, int x);
snow::task<int> awaits(snow::context& self, int x);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(plain);
#else
SNOW_REGISTER(awaits);
#endif

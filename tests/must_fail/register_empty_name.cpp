// An explicit name that is empty.
// EXPECT: snow: f needs a name that is not empty
#include <snow/process.hpp>

int f(int x);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER_AS("", f);
#else
SNOW_REGISTER_AS("f", f);
#endif

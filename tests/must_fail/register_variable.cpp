// A pointer to a function that is no constant.
// EXPECT: snow: now is a variable: register the function
#include <snow/process.hpp>

int f(int x);
int (*now)(int) = &f;

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(now);
#else
SNOW_REGISTER(f);
#endif

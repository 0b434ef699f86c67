// A constant that is another name for a function.
// EXPECT: snow: other is another name for a function
#include <snow/process.hpp>

int f(int x);
inline constexpr auto other = &f;

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(other);
#else
SNOW_REGISTER(f);
#endif

// A lambda without an explicit name.
// EXPECT: snow: twice is a lambda, .*SNOW_REGISTER_AS\("name", twice\)
#include <snow/process.hpp>

inline constexpr auto twice = [](int x) { return 2 * x; };

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(twice);
#else
SNOW_REGISTER_AS("twice", twice);
#endif

// A set of overloads.
// EXPECT: snow: halve is a set of overloads: choose one with a cast
#include <snow/process.hpp>

int halve(int x);
long halve(long x);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(halve);
#else
SNOW_REGISTER_AS("halve", static_cast<long (*)(long)>(halve));
#endif

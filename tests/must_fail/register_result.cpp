// A result that cannot be sent.
// EXPECT: snow: find: its result cannot be sent
#include <snow/process.hpp>

int* find(int x);
int value(int x);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(find);
#else
SNOW_REGISTER(value);
#endif

// One bad function among good ones: it alone is named.
// EXPECT: snow: second: parameter 1 is a pointer
#include <snow/process.hpp>

int first(int);
int second(int*);
int third(int);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(first, second, third);
#else
SNOW_REGISTER(first, third);
#endif

// A ninth parameter that is a pointer.
// EXPECT: snow: many: a parameter behind the eighth
#include <snow/process.hpp>

int many(int, int, int, int, int, int, int, int, int*);
int fewer(int, int, int, int, int, int, int, int, int);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(many);
#else
SNOW_REGISTER(fewer);
#endif

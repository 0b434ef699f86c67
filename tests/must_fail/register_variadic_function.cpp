// A function with any number of arguments.
// EXPECT: snow: sum is not one function with a fixed number of arguments
#include <snow/process.hpp>
#include <vector>

int sum(int x, ...);
int sum_of(std::vector<int> all);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(sum);
#else
SNOW_REGISTER(sum_of);
#endif

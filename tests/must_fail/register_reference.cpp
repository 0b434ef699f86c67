// A second parameter that is a reference to non-const.
// EXPECT: snow: grow: parameter 2 is a reference to non-const: take it by value
#include <snow/process.hpp>
#include <vector>

int grow(int by, std::vector<int>& all);
int count(int by, const std::vector<int>& all);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(grow);
#else
SNOW_REGISTER(count);
#endif

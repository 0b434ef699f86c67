// A member function.
// EXPECT: snow: &counter::add is a member function
#include <snow/process.hpp>

struct counter {
  int value = 0;
  int add(int x) const { return value + x; }
};
int add(const counter& c, int x);

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(&counter::add);
#else
SNOW_REGISTER(add);
#endif

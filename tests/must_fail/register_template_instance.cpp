// An instance of a template, without an explicit name.
// EXPECT: snow: box<int> is an instance of a template
#include <snow/process.hpp>

template <class T>
int box(T x) {
  return static_cast<int>(x);
}

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(box<int>);
#else
SNOW_REGISTER_AS("box", box<int>);
#endif

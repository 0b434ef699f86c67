// A function in an unnamed namespace, without an explicit name.
// EXPECT: snow: hidden stands in an unnamed namespace
#include <snow/process.hpp>

namespace {
int hidden(int x) {
  return x;
}
}  // namespace

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(hidden);
#else
SNOW_REGISTER_AS("hidden", hidden);
#endif

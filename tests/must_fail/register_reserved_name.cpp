// A name whose last part starts with two underscores.
// EXPECT: snow: ns::__f has a name that starts with __
#include <snow/process.hpp>

namespace ns {
int __f(int x);
int f__(int x);
}  // namespace ns

#ifdef SNOW_MUST_FAIL
SNOW_REGISTER(ns::__f);
#else
SNOW_REGISTER(ns::f__);
#endif

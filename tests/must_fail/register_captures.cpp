// A closure with a capture.
// EXPECT: snow: add is a closure with captures
#include <snow/process.hpp>

const int offset = [] { return 3; }();

#ifdef SNOW_MUST_FAIL
const auto add = [by = offset](int x) { return x + by; };
SNOW_REGISTER_AS("add", add);
#else
inline constexpr auto add = [](int x, int by) { return x + by; };
SNOW_REGISTER_AS("add", add);
#endif

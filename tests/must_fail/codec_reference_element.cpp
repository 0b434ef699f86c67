// A reference among the elements.
// EXPECT: snow: a reference means nothing on another node: make the field a value
#include <snow/codec.hpp>

#include <tuple>

#ifdef SNOW_MUST_FAIL
using both = std::tuple<int, int&>;
#else
using both = std::tuple<int, int>;
#endif

snow::byte_buffer bytes_of(const both& b) {
  return snow::encode(b);
}

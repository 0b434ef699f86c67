// A union among the elements.
// EXPECT: snow: nobody can tell which member of a union is alive: use std::variant
#include <snow/codec.hpp>

#include <variant>
#include <vector>

#ifdef SNOW_MUST_FAIL
union number {
  int whole;
  float real;
};
#else
using number = std::variant<int, float>;
#endif

snow::byte_buffer bytes_of(const std::vector<number>& all) {
  return snow::encode(all);
}

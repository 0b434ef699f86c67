// A message with an anonymous union.
// EXPECT: snow: nobody can tell which member of a union is alive: use std::variant
#include <snow/codec.hpp>

#include <variant>

struct message {
#ifdef SNOW_MUST_FAIL
  union {
    int number;
    float real;
  };
#else
  std::variant<int, float> number;
#endif
};

snow::byte_buffer bytes_of(const message& m) { return snow::encode(m); }

// A field that cannot be decoded into.
// EXPECT: snow: a const field cannot be decoded into: drop the const
#include <snow/codec.hpp>

struct message {
#ifdef SNOW_MUST_FAIL
  const int number = 1;
#else
  int number = 1;
#endif
};

snow::byte_buffer bytes_of(const message& m) {
  return snow::encode(m);
}

// A message with a reference in it, which must not travel as a message without fields.
// EXPECT: snow: a field of this aggregate is a reference or cannot start empty
#include <snow/codec.hpp>

#ifdef SNOW_MUST_FAIL
struct message {
  int& number;
};
#else
struct message {
  int number;
};
#endif

snow::byte_buffer bytes_of(const message& m) { return snow::encode(m); }

// A message with bit-fields.
// EXPECT: snow: bit-fields cannot be told apart
#include <snow/codec.hpp>

struct message {
#ifdef SNOW_MUST_FAIL
  unsigned small : 3;
#else
  unsigned small;
#endif
};

snow::byte_buffer bytes_of(const message& m) { return snow::encode(m); }

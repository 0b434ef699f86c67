// An enumeration whose values no other node can check.
// EXPECT: snow: an enumeration travels as its underlying type: fix it
#include <snow/codec.hpp>

#ifdef SNOW_MUST_FAIL
enum colour { red, green };
#else
enum colour : int { red, green };
#endif
struct message {
  colour paint;
};

snow::byte_buffer bytes_of(const message& m) { return snow::encode(m); }

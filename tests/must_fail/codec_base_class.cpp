// A message with a base class.
// EXPECT: snow: the fields of an aggregate with base classes cannot be told: make the base a field
#include <snow/codec.hpp>

struct head {
  int number;
};
#ifdef SNOW_MUST_FAIL
struct message : head {
  int more;
};
#else
struct message {
  head first;
  int more;
};
#endif

snow::byte_buffer bytes_of(const message& m) { return snow::encode(m); }

// A field that cannot start empty.
// EXPECT: snow: a field of this aggregate is a reference or cannot start empty
#include <snow/codec.hpp>

struct amount {
#ifdef SNOW_MUST_FAIL
  explicit amount(int n) : cents{n} {}
#endif
  int cents;
};
struct message {
  amount total;
};

snow::byte_buffer bytes_of(const message& m) {
  return snow::encode(m);
}

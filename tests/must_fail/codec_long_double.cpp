// A number that machines do not agree about.
// EXPECT: snow: long double and wchar_t differ between machines
#include <snow/codec.hpp>

struct message {
#ifdef SNOW_MUST_FAIL
  long double number;
#else
  double number;
#endif
};

snow::byte_buffer bytes_of(const message& m) { return snow::encode(m); }

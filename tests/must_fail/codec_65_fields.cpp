// A message of more fields than can be told.
// EXPECT: snow: an aggregate of more than 64 fields: group some of them in a struct of their own
#include <snow/codec.hpp>

struct message {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15;
  int b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15;
  int c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15;
  int d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15;
#ifdef SNOW_MUST_FAIL
  int e;
#endif
};

snow::byte_buffer bytes_of(const message& m) { return snow::encode(m); }

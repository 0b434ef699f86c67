// A message with a pointer in it.
// EXPECT: snow: a pointer means nothing on another node
#include <snow/codec.hpp>

#include <vector>

struct message {
#ifdef SNOW_MUST_FAIL
  std::vector<int*> numbers;
#else
  std::vector<int> numbers;
#endif
};

snow::byte_buffer bytes_of(const message& m) { return snow::encode(m); }

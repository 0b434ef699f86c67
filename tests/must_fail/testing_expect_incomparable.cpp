// A message that cannot be compared, where a test says what it expects by value.
// EXPECT: snow: what a test expects is compared: give the type an operator==, or expect<M>
#include <snow/testing.hpp>

class opaque {
 public:
  explicit opaque(int n) : n_{n} {}
  int value() const { return n_; }
#ifndef SNOW_MUST_FAIL
  bool operator==(const opaque&) const = default;
#endif

 private:
  int n_;
};

bool is_one(const opaque& o) {
  return snow::testing::equal(o, opaque{1});  // SHOWN
}

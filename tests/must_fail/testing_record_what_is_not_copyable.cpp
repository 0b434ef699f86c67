// What is recorded is kept beside the message that goes on.
// EXPECT: snow: what is recorded is copied: the message must be copyable
#include <memory>
#include <snow/testing.hpp>

struct parcel {
#ifdef SNOW_MUST_FAIL
  std::unique_ptr<int> content;
#else
  std::shared_ptr<int> content;
#endif
};

std::size_t sent(snow::testing::fixture& kit) {
  return kit.record<parcel>().size();  // SHOWN
}

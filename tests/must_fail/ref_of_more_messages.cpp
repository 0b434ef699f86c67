// A reference becomes one of fewer messages, not of more.
// EXPECT: error: .*ref<.*total.*ref<
#include <snow/process.hpp>

struct tally {};
struct total {
  using reply_type = int;
};

using all = snow::takes<tally, total>;
using some = snow::takes<total>;

snow::ref<some> fewer(snow::ref<all> r) {
  return r;
}
#ifdef SNOW_MUST_FAIL
snow::ref<all> more(snow::ref<some> r) {
  return r;  // SHOWN
}
#endif

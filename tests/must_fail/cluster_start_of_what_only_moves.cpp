// A child that could be started once only.
// EXPECT: snow: start<f>\(args...\) starts f any number of times, with copies of its arguments
#include <snow/cluster.hpp>

#include <memory>

#ifdef SNOW_MUST_FAIL
using held = std::unique_ptr<int>;
#else
using held = std::shared_ptr<int>;
#endif
snow::actor holds(snow::context& self, held n);

snow::child_spec spec() {
  return {.id = "holds", .start = snow::start<holds>(std::make_unique<int>(1))};
}

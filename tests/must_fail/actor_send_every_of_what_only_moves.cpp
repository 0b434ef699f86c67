// A message that cannot be copied, to be sent again and again.
// EXPECT: snow: send_every sends copies: the message must be copyable
#include <snow/process.hpp>

#include <chrono>
#include <memory>

struct parcel {
  std::unique_ptr<int> content;
};

snow::actor app(snow::context& self) {
#ifdef SNOW_MUST_FAIL
  self.send_every<parcel>(std::chrono::seconds{1}, self.id(), std::make_unique<int>(1));  // SHOWN
#else
  self.send_after<parcel>(std::chrono::seconds{1}, self.id(), std::make_unique<int>(1));
#endif
  co_return;
}

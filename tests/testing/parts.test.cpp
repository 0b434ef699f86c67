#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"
#include "support/tampering.hpp"

// Large messages on their way, and a small one of another pair: how many parts go before it, counted where
// they leave.

namespace parts {

using namespace std::chrono_literals;

struct text {
  std::string content;
};

snow::actor sink(snow::context& self) {
  for (;;) co_await self.receive([](const text&) {});
}
SNOW_REGISTER(sink);

constexpr std::string_view needle = "the small one of another pair";

/// What has left one node for another.
struct wire_log {
  int parts = 0;
  int at_push = 0;        ///< parts that had left when the small one was sent
  int before_small = -1;  ///< when it left

  void see(support::frame_bytes& f) {
    if (support::tag_of(f) == snow::wire::tag::fragment) ++parts;
    auto const body = support::body_of(f);
    if (std::search(body.begin(), body.end(), needle.begin(), needle.end(),
                    [](std::byte b, char c) { return b == static_cast<std::byte>(c); }) != body.end())
      before_small = parts;
  }
};

snow::actor sends_large(snow::context& self, std::string node, std::size_t size) {
  auto const there = co_await self.node().connect(node);
  auto const to = co_await there.spawn<sink>();
  self.send<text>(to, std::string(size, '.'));
  co_await self.sleep_for(1h);
}
snow::actor sends_small(snow::context& self, std::string node, wire_log* log) {
  auto const there = co_await self.node().connect(node);
  auto const to = co_await there.spawn<sink>();
  co_await self.sleep_for(500ms);
  log->at_push = log->parts;
  self.send<text>(to, std::string{needle});
  co_await self.sleep_for(1h);
}

/// In parts, and with so many large messages before it.
int delay_by(int large, std::uint32_t frame) {
  snow::testing::simulation sim{{.seed = 31, .node = {.limits = {.frame = frame}}}};
  auto &a = sim.node("a"), &b = sim.node("b");
  auto& slow = sim.weather("a", "b");
  slow.bytes_per_second = 1'000'000;
  slow.buffer = 20'000;
  wire_log log;
  sim.tamper("a", "b", [&] {
    return support::frame_by_frame([&](support::frame_bytes& f, std::size_t) { log.see(f); });
  });
  a.spawn<sends_small>(b.name(), &log);
  sim.run_for(100ms);
  for (int i = 0; i < large; ++i) a.spawn<sends_large>(b.name(), std::size_t{2'000'000});
  CHECK(sim.run_until([&] { return log.before_small >= 0; }, 1min));
  CHECK(log.at_push > 0);
  return log.before_small - log.at_push;
}

TEST_CASE(
    "large messages delay another pair by a part for each of the 16 that may be under way, at most [S-2]") {
  for (auto const frame : {snow::wire::smallest_frame, std::uint32_t{64} << 10})
    for (int const large : {1, 4, 20}) {
      INFO(large << " large messages, frames of " << frame << " bytes");
      CHECK(parts::delay_by(large, frame) <= 16 + 1);  // one has begun to leave
    }
}

}  // namespace parts

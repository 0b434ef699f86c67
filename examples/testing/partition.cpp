// A test of two nodes in one thread, without a test framework: what becomes of a count when the network
// breaks between who counts and who asks.
#include <cstdio>
#include <snow/actor.hpp>
#include <snow/testing.hpp>
#include <string>

using namespace std::chrono_literals;

struct add {
  using reply_type = std::uint64_t;
  std::uint64_t more = 0;
};

snow::actor counter(snow::context& self) {
  std::uint64_t sum = 0;
  for (;;) co_await self.receive([&](add a) { return sum += a.more; });
}
SNOW_REGISTER(counter);

/// Counts on that node, ten times a second, until it cannot.
snow::actor client(snow::context& self, std::string node, std::uint64_t* sum) {
  auto const there = co_await self.node().connect(node);
  auto const made = co_await there.spawn<counter>();
  self.monitor(made);
  for (bool lost = false; !lost;) {
    self.send<add>(made, 1);
    *sum += 1;
    co_await self.receive([&](snow::down) { lost = true; }, snow::after(100ms, [] {}));
  }
}

#define EXPECT(what) \
  if (!(what)) return std::printf("line %d: %s\n", __LINE__, #what), 1

int main() {
  snow::testing::simulation sim{{.seed = 7}};
  auto &a = sim.node("a"), &b = sim.node("b");
  std::uint64_t sum = 0;
  auto const counts = a.spawn<client>(b.name(), &sum);

  sim.run_for(1s);  // of virtual time: no time of yours
  EXPECT(sum >= 9);
  EXPECT(!counts.has_ended());

  sim.partition({"a"}, {"b"});
  EXPECT(sim.run_until_idle());  // three missed heartbeats later
  EXPECT(counts.exit_reason() == snow::errc::normal);

  sim.heal();
  sim.crash("b");
  sim.restart("b");  // another incarnation, of the same name
  auto const again = a.spawn<client>(b.name(), &sum);
  sim.run_for(1s);
  EXPECT(!again.has_ended());

  std::printf("%llu, and the history is %016llx\n", static_cast<unsigned long long>(sum),
              static_cast<unsigned long long>(sim.trace_hash()));
}

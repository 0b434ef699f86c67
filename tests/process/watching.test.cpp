#include "snow/process/watching.hpp"

#include <chrono>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace watching_test {

using namespace std::chrono_literals;
using support::expect;

namespace {

struct go {};
struct marker {};

snow::actor nothing(snow::context&) {
  co_return;
}
snow::actor silent(snow::context& self) {
  co_await self.receive([](go) {});
}

snow::actor watches_several_times(snow::context& self) {
  auto const p = self.spawn_monitor<silent>();
  std::vector<snow::monitor_ref> all{p.monitor, self.monitor(p.pid), self.monitor(p.pid)};
  self.demonitor(all[1]);
  self.send<go>(p.pid);
  co_await self.receive([&](snow::down d) { expect(d.monitor == all[0]); });
  co_await self.receive([&](snow::down d) { expect(d.monitor == all[2] && d.reason == snow::errc::normal); });
  // It is gone now.
  auto const late = self.monitor(p.pid);
  co_await self.receive([&](snow::down d) {
    expect(d.monitor == late && d.pid == p.pid);
    expect(d.reason == snow::errc::no_process);
  });
  auto const nobody = self.monitor({});
  co_await self.receive([&](snow::down d) {
    expect(d.monitor == nobody);
    expect(d.reason == snow::errc::no_process);
  });
  auto const far = self.monitor({9, 0, 0});
  co_await self.receive([&](snow::down d) {
    expect(d.monitor == far);
    expect(d.reason == snow::errc::no_connection);
  });
  co_await self.receive([](snow::message) { expect(false); }, snow::after(1ms, [] {}));
}

// The monitor comes together with the exit that ends its target, and after it.
snow::actor watches_what_it_has_killed(snow::context& self) {
  auto const p = self.spawn<silent>();
  self.exit(p, snow::kill);
  auto const m = self.monitor(p);
  co_await self.receive([&](snow::down d) { expect(d.monitor == m && d.reason == snow::errc::no_process); },
                        snow::after(10s, [] { expect(false); }));
}

// Whether the down is on its way, in the mailbox or taken in: after demonitor none comes.
snow::actor flushes(snow::context& self) {
  for (int i = 0; i < 200; ++i) {
    auto const p = self.spawn_monitor<nothing>();
    if (i % 4 == 1) co_await self.sleep_for(0ns);
    if (i % 4 == 2) co_await self.sleep_for(20us);
    if (i % 4 == 3) {  // taken in for certain, and skipped
      co_await self.sleep_for(50us);
      self.send<marker>(self.id());
      co_await self.receive([](marker) {});
    }
    self.demonitor(p.monitor);
    self.demonitor(p.monitor);  // does nothing
    co_await self.receive([](snow::down) { expect(false); }, snow::after(i % 8 == 0 ? 100us : 0us, [] {}));
  }
  co_await self.receive([](snow::down) { expect(false); }, snow::after(2ms, [] {}));
}

snow::actor watches_itself(snow::context& self) {
  auto const m = self.monitor(self.id());
  self.demonitor(m);
  co_await self.receive([](snow::down) { expect(false); }, snow::after(1ms, [] {}));
}
snow::actor watcher_that_ends(snow::context& self, snow::pid p) {
  self.monitor(p);
  co_return;
}
snow::actor outlives_its_watchers(snow::context& self) {
  auto const p = self.spawn_monitor<silent>();
  for (int i = 0; i < 20; ++i) {
    self.spawn_monitor<watcher_that_ends>(p.pid);
    co_await self.receive([](snow::down d) { expect(d.reason == snow::errc::normal); });
  }
  self.send<go>(p.pid);
  co_await self.receive([&](snow::down d) { expect(d.monitor == p.monitor); });
}

}  // namespace

TEST_CASE("each monitor yields one down, whichever became of its process", "[S-22][S-26]") {
  for (std::size_t const workers : {1u, 2u}) support::run_actors<watches_several_times>(workers);
}
TEST_CASE("after demonitor no down of that monitor is received", "[S-23]") {
  for (std::size_t const workers : {1u, 2u, 4u}) support::run_actors<flushes>(workers);
}
TEST_CASE("an actor may watch itself") {
  support::run_actors<watches_itself>();
}
TEST_CASE("who watches may end before what it watches") {
  support::run_actors<outlives_its_watchers>();
}
TEST_CASE("a monitor of what has been killed, and has not ended yet, says that nothing is there", "[S-22]") {
  support::run_actors<watches_what_it_has_killed>();
}

}  // namespace watching_test

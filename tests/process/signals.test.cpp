#include <atomic>
#include <chrono>
#include <string>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

using namespace std::chrono_literals;

namespace signals_test {

// Catch's assertions are for one thread: actors count what went wrong, and the test looks at the count.
std::atomic<int> wrong = 0;

void expect(bool good) {
  if (!good) ++wrong;
}

struct note {
  int n;
};
struct ready {};

snow::actor says_and_ends(snow::context& self) {
  for (int n = 1; n <= 3; ++n) self.send<note>(self.parent(), n);
  co_return;
}
snow::actor waits(snow::context& self) {
  self.send<ready>(self.parent());
  co_await self.sleep_for(1h);
}
snow::actor keeps_the_order(snow::context& self) {
  self.spawn_monitor<says_and_ends>();
  std::string order;
  for (int i = 0; i < 4; ++i)
    co_await self.receive([&](note m) { order += std::to_string(m.n); },
                          [&](const snow::down& d) { order += d.reason.to_string(); });
  expect(order == "123normal");
}

snow::actor demonitors(snow::context& self) {
  // One whose down is in the mailbox, one whose process ends later, one that stays.
  auto const gone = self.spawn_monitor<says_and_ends>();
  for (int i = 0; i < 3; ++i) co_await self.receive([](note) {});
  auto const living = self.spawn<waits>();
  co_await self.receive([](ready) {});
  auto const first = self.monitor(living), second = self.monitor(living);
  co_await self.sleep_for(1ms);  // takes the down in
  self.demonitor(gone.monitor);
  self.demonitor(first);
  self.exit(living, "enough");
  co_await self.receive([&](const snow::down& d) {
    expect(d.monitor == second && d.pid == living && d.reason == snow::reason{"enough"});
  });
  expect(
      co_await self.receive([](const snow::down&) { return false; }, snow::after(5ms, [] { return true; })));
}

snow::actor traps(snow::context& self) {
  self.trap_exits(true);
  self.send<ready>(self.parent());
  for (;;)
    co_await self.receive([&](const snow::exit_signal& e) {
      expect(e.pid == self.parent());
      self.send<note>(self.parent(), e.reason == snow::errc::normal ? 0 : 1);
    });
}
snow::actor ends_others(snow::context& self) {
  auto const meek = self.spawn_monitor<waits>();
  co_await self.receive([](ready) {});
  self.exit(meek.pid, snow::errc::normal);
  self.exit(meek.pid, snow::errc::shutdown);
  co_await self.receive(
      [&](const snow::down& d) { expect(d.pid == meek.pid && d.reason == snow::errc::shutdown); });

  auto const stubborn = self.spawn_monitor<traps>();
  co_await self.receive([](ready) {});
  self.exit(stubborn.pid, "please");
  co_await self.receive([](note m) { expect(m.n == 1); });
  self.exit(stubborn.pid, snow::errc::normal);
  co_await self.receive([](note m) { expect(m.n == 0); });
  self.exit(stubborn.pid, snow::kill);
  co_await self.receive(
      [&](const snow::down& d) { expect(d.pid == stubborn.pid && d.reason == snow::errc::killed); });
}
snow::actor ends_itself(snow::context& self) {
  self.exit(self.id(), snow::errc::normal);
  co_await self.sleep_for(1h);
}
snow::actor watches_it(snow::context& self) {
  self.spawn_monitor<ends_itself>();
  co_await self.receive([](const snow::down& d) { expect(d.reason == snow::errc::normal); });
}

snow::actor named_one(snow::context& self) {
  self.register_name("second name");
  self.send<ready>(self.parent());
  co_await self.receive([](note) {});
}
bool is_taken(snow::context& self, std::string_view name) {
  try {
    self.spawn<waits>(snow::spawn_options{.name = name});
    return false;
  } catch (const snow::error& e) {
    expect(e == snow::errc::name_in_use);
    return true;
  }
}
snow::actor uses_names(snow::context& self) {
  for (int i = 0; i < 100; ++i) {
    auto const one = self.spawn_monitor<named_one>(snow::spawn_options{.name = "name"});
    co_await self.receive([](ready) {});
    expect(self.whereis("name") == one.pid && self.whereis("second name") == one.pid);
    expect(is_taken(self, "name") && is_taken(self, "second name"));
    self.send<note>(snow::named{"second name"}, 1);
    co_await self.receive([](const snow::down&) {});
    expect(!self.whereis("name") && !self.whereis("second name"));
    self.register_name("name");
    self.unregister_name("name");
  }
}

template <auto F>
void runs_well() {
  for (std::size_t const workers : {1u, 2u}) {
    wrong = 0;
    support::run_actors<F>(workers);
    CHECK(wrong == 0);
  }
}

TEST_CASE("a down comes after all that its process sent before it ended", "[process][S-24]") {
  runs_well<&keeps_the_order>();
}
TEST_CASE("after demonitor no down of that monitor comes, and the other monitors stay",
          "[process][S-23][S-26]") {
  runs_well<&demonitors>();
}
TEST_CASE("an exit ends who does not trap it, with its reason; normal only the caller; kill whoever it is",
          "[process][S-28]") {
  runs_well<&ends_others>();
  runs_well<&watches_it>();
}
TEST_CASE("a name belongs to one living process, and is free when its end is seen", "[process][S-31]") {
  runs_well<&uses_names>();
}

}  // namespace signals_test

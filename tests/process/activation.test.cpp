#include "snow/process/activation.hpp"

#include <atomic>
#include <chrono>
#include <latch>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace activation_test {

using namespace std::chrono_literals;
using support::expect;

namespace {

struct item {
  std::uint32_t from = 0;
  std::uint64_t number = 0;
};
struct question {
  using reply_type = int;
};
struct go {};
struct never_sent {};

// ---- the end, in every kind of await

/// Notes its destruction.
struct witness {
  char name;
  std::string* log;
  witness(char n, std::string* l) : name{n}, log{l} {}
  witness(const witness&) = delete;
  ~witness() { *log += name; }
};

enum class waits_in { receive, bounded_receive, ask, sleep, call, send, handler };

snow::actor silent(snow::context& self) {
  co_await self.receive([](go) {});
}
snow::task<int> waits(snow::context& self, waits_in what, snow::pid other) {
  switch (what) {
    case waits_in::receive:
      co_await self.receive([](go) {});
      break;
    case waits_in::bounded_receive:
      co_await self.receive([](go) {}, snow::after(1h, [] {}));
      break;
    case waits_in::ask:
      co_await self.ask<question>(other).within(1h);
      break;
    case waits_in::sleep:
      co_await self.sleep_for(1h);
      break;
    case waits_in::call:
      co_await self.call<silent>().within(1h);
      break;
    case waits_in::send:
      self.send<go>(other);
      self.send<go>(other);
      co_await self.send<go>(other);
      break;
    case waits_in::handler:
      co_await self.receive([&](item) -> snow::task<> { co_await self.receive([](go) {}); });
      break;
  }
  co_return 1;
}
snow::task<int> third(snow::context& self, waits_in what, snow::pid other, std::string* log) {
  witness const w{'3', log};
  co_return co_await waits(self, what, other);
}
snow::task<int> second(snow::context& self, waits_in what, snow::pid other, std::string* log) {
  witness const w{'2', log};
  co_return co_await third(self, what, other, log);
}
snow::actor first(snow::context& self, waits_in what, snow::pid other, std::string* log) {
  witness const w{'1', log};
  self.send<item>(self.id());
  co_await second(self, what, other, log);
  *log += "went on";
}
snow::actor watches(snow::context& self, snow::pid p, std::optional<snow::reason>* why) {
  self.monitor(p);
  co_await self.receive([&](snow::down d) { why->emplace(d.reason); });
}
snow::actor mute(snow::context& self) {
  co_await self.receive([](never_sent) {});
}

// ---- by an exit signal

snow::actor traps(snow::context& self, std::vector<snow::reason>* got) {
  self.trap_exits(true);
  for (;;) co_await self.receive([&](snow::exit_signal e) { got->push_back(e.reason); });
}
snow::actor exits(snow::context& self, snow::pid p, snow::reason why) {
  self.exit(p, why);
  co_return;
}
snow::actor kills(snow::context& self, snow::pid p) {
  self.exit(p, snow::kill);
  co_return;
}
snow::actor exits_itself(snow::context& self, bool* went_on) {
  self.exit(self.id(), snow::errc::normal);
  co_await self.receive([](go) {});
  *went_on = true;
}
snow::actor never_starts(snow::context&, bool* started) {
  *started = true;
  co_return;
}
snow::actor kills_what_it_spawned(snow::context& self, bool* started, bool* done) {
  auto const child = self.spawn_monitor<never_starts>(started);
  self.exit(child.pid, snow::kill);
  co_await self.receive([&](snow::down d) { *done = d.reason == snow::errc::killed; });
}
// A monitor made just before a kill sees it.
snow::actor monitors_then_kills(snow::context& self) {
  for (int i = 0; i < 100; ++i) {
    auto const p = self.spawn<silent>();
    auto const m = self.monitor(p);
    self.exit(p, snow::kill);
    co_await self.receive([&](snow::down d) {
      expect(d.monitor == m && d.pid == p);
      expect(d.reason == snow::errc::killed);
    });
  }
}

// ---- by itself

snow::actor throws(snow::context&) {
  throw std::runtime_error{"out of luck"};
  co_return;
}
snow::actor throws_no_exception(snow::context&) {
  throw 5;
  co_return;
}
snow::actor throws_before_it_is_one(snow::context& self, int n) {
  if (n > 0) throw std::runtime_error{"at once"};
  return silent(self);
}

template <auto F, class... Args>
snow::actor hears_why(snow::context& self, std::optional<snow::reason>* why, Args... args) {
  self.spawn_monitor<F>(args...);
  co_await self.receive([&](snow::down d) { why->emplace(d.reason); });
}

// ---- fairness

snow::task<int> ready(int x) {
  co_return x + 1;
}
snow::actor awaits_what_is_ready(snow::context&, const bool* stop, long* n) {
  int x = 0;
  for (*n = 0; !*stop; ++*n) x = co_await ready(x) & 1;
}
snow::actor sends_itself(snow::context& self, const bool* stop, long* n) {
  self.send<go>(self.id());
  for (*n = 0; !*stop; ++*n) co_await self.receive([&](go) { self.send<go>(self.id()); });
}
snow::actor awaits_sends(snow::context& self, const bool* stop, long* n) {
  snow::pid const gone{snow::this_node, 0, 999};
  for (*n = 0; !*stop; ++*n) co_await self.send<go>(gone);
}
snow::actor has_much_mail(snow::context& self, const bool* stop, long* n) {
  for (int i = 0; i < 100'000; ++i) self.send<go>(self.id());
  for (*n = 0; !*stop; ++*n) co_await self.receive([](go) {}, snow::after(0ns, [] {}));
}
snow::actor stops_it(snow::context& self, bool* stop) {
  co_await self.receive([](go) {}, snow::after(0ns, [] {}));
  *stop = true;
}

// ---- order

constexpr std::uint32_t sources = 8;
constexpr std::uint64_t items = 1000;
snow::actor sink(snow::context& self, std::vector<std::atomic<bool>>* moved) {
  std::uint64_t next[sources]{}, all = 0;
  unsigned const before = snow::worker::current()->index();
  while (all < sources * items)
    co_await self.receive([&](item i) {
      expect(next[i.from]++ == i.number);
      ++all;
      if (snow::worker::current()->index() != before) (*moved)[0] = true;
    });
}
snow::actor source(snow::context& self, std::vector<snow::pid> to, std::uint32_t me,
                   std::vector<std::atomic<bool>>* moved) {
  unsigned const before = snow::worker::current()->index();
  for (std::uint64_t i = 0; i < items; ++i) {
    for (auto const& p : to) self.send<item>(p, me, i);
    if (i % 7 == 0) co_await self.sleep_for(0ns);
    if (i % 11 == 0) co_await ready(1);
    if (snow::worker::current()->index() != before) (*moved)[1] = true;
  }
}
snow::actor short_lived(snow::context& self, int n) {
  if (n % 3 == 0) co_await self.sleep_for(1us);
}
std::vector<std::atomic<bool>> moved(2);
snow::actor crowd(snow::context& self) {
  int living = 0;
  std::vector<snow::pid> sinks;
  for (int i = 0; i < 4; ++i, ++living) sinks.push_back(self.spawn_monitor<sink>(&moved).pid);
  for (std::uint32_t i = 0; i < sources; ++i, ++living) self.spawn_monitor<source>(sinks, i, &moved);
  for (int i = 0; i < 1000; ++i, ++living) {
    auto const started = self.spawn_monitor<short_lived>(i);
    if (i % 20 == 0) self.exit(started.pid, snow::kill);
    if (i % 100 == 0) co_await self.sleep_for(10us);
  }
  while (living > 0) co_await self.receive([&](snow::down) { --living; });
}

// An actor that is moved between any two of its sends, because the worker where it was ready is kept busy.
struct stage {
  std::atomic<bool> blocker_runs = false;
  std::atomic<bool> moved_on = false;
};
snow::actor keeps_worker(snow::context&, stage* s) {
  s->blocker_runs = true;
  while (!s->moved_on) std::this_thread::yield();
  co_return;
}
snow::actor moves_and_sends(snow::context& self, snow::pid to) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    unsigned const before = snow::worker::current()->index();
    self.send<item>(to, 0u, i);
    stage s;
    auto const other = self.spawn_monitor<keeps_worker>(&s);
    // It gives way to the other, which then holds this worker until a thief has taken this actor.
    while (!s.blocker_runs) co_await ready(1);
    expect(snow::worker::current()->index() != before);
    s.moved_on = true;
    self.send<item>(to, 0u, 1000 + i);
    co_await self.receive([&](snow::down d) { expect(d.pid == other.pid); });
  }
}
snow::actor counts(snow::context& self) {
  auto const p = self.spawn_monitor<moves_and_sends>(self.id());
  for (std::uint64_t i = 0; i < 200; ++i) {
    co_await self.receive([&](item n) { expect(n.number == i); });
    co_await self.receive([&](item n) { expect(n.number == 1000 + i); });
  }
  co_await self.receive([&](snow::down d) { expect(d.pid == p.pid && d.reason == snow::errc::normal); });
}

// A down comes after all that was sent before it.
snow::actor says_then_ends(snow::context& self, int n) {
  for (int i = 0; i < n; ++i) self.send<item>(self.parent(), 0u, static_cast<std::uint64_t>(i));
  if (n % 3 == 0) throw std::runtime_error{"so"};
  co_return;
}
snow::actor hears_all_before_the_down(snow::context& self) {
  for (int n = 0; n < 60; ++n) {
    auto const p = self.spawn_monitor<says_then_ends>(n);
    int heard = 0;
    for (bool ended = false; !ended;)
      co_await self.receive([&](item) { ++heard; }, [&](snow::down d) { ended = d.pid == p.pid; });
    expect(heard == n);
  }
}

}  // namespace

TEST_CASE("a killed actor's frames are destroyed where they stand, innermost first, once", "[S-33]") {
  for (auto const what : {waits_in::receive, waits_in::bounded_receive, waits_in::ask, waits_in::sleep,
                          waits_in::call, waits_in::send, waits_in::handler}) {
    INFO("await " << static_cast<int>(what));
    support::local_node node;
    std::string log;
    std::optional<snow::reason> why;
    auto const other = node.spawn_with<mute>({.mailbox_limit = 1, .on_full = snow::on_full::block});
    auto const p = node.spawn<first>(what, other, &log);
    node.spawn<watches>(p, &why);
    node.turn();
    CHECK(log == "");
    snow::signal_exit(node.env, p, {{}, snow::errc::killed, true});
    node.turn();
    CHECK(log == "321");
    REQUIRE(why);
    CHECK(*why == snow::errc::killed);
    CHECK(node.env.actors().find(p) == nullptr);
    // Of a call, the callee has ended too; of an ask, the other lives on.
    CHECK(node.env.living == 1);
  }
}
TEST_CASE("an exit signal ends its actor, unless it traps; a kill ends it all the same", "[S-28]") {
  support::local_node node;
  std::vector<snow::reason> got;
  auto const trapping = node.spawn<traps>(&got);
  auto const plain = node.spawn<silent>();
  for (snow::reason const& why :
       {snow::reason{snow::errc::normal}, snow::reason{snow::errc::killed}, snow::reason{"enough"}}) {
    node.spawn<exits>(trapping, why);
    node.turn();
  }
  CHECK(got == std::vector<snow::reason>{snow::errc::normal, snow::errc::killed, "enough"});
  std::optional<snow::reason> end;
  node.spawn<watches>(plain, &end);
  node.spawn<exits>(plain, snow::errc::normal);  // from another process: nothing
  node.turn();
  CHECK_FALSE(end);
  node.spawn<exits>(plain, "enough");
  node.turn();
  CHECK(end == snow::reason{"enough"});
  end.reset();
  node.spawn<watches>(trapping, &end);
  node.turn();
  node.spawn<kills>(trapping);
  node.turn();
  CHECK(end == snow::reason{snow::errc::killed});
  CHECK(got.size() == 3);
}
TEST_CASE("an actor may exit itself, also normally, and be killed before it has begun", "[S-33]") {
  support::local_node node;
  bool went_on = false, started = false, done = false;
  node.spawn<exits_itself>(&went_on);
  node.spawn<kills_what_it_spawned>(&started, &done);
  node.turn();
  CHECK_FALSE(went_on);
  CHECK_FALSE(started);
  CHECK(done);
  CHECK(node.env.living == 0);
}
TEST_CASE("monitor, then kill: the down says killed", "[S-22][S-44]") {
  for (std::size_t const workers : {1u, 2u}) support::run_actors<monitors_then_kills>(workers);
}
TEST_CASE("an exception ends its actor alone, is its reason and is logged", "[S-34]") {
  support::local_node node;
  std::vector<std::string> log;
  node.env.log = [&](const snow::log_record& r) { log.emplace_back(r.text); };
  auto const bystander = node.spawn<silent>();
  std::optional<snow::reason> one, two, three;
  node.spawn<hears_why<throws>>(&one);
  node.spawn<hears_why<throws_no_exception>>(&two);
  node.spawn<hears_why<throws_before_it_is_one, int>>(&three, 1);
  node.turn();
  CHECK(one == snow::reason{snow::errc::exception, "out of luck"});
  REQUIRE(two);
  CHECK(*two == snow::errc::exception);
  CHECK(three == snow::reason{snow::errc::exception, "at once"});
  CHECK(log.size() == 3);
  CHECK(log[0].find("throws") != std::string::npos);
  CHECK(node.env.actors().find(bystander) != nullptr);
}
TEST_CASE("an actor whose awaits are always ready does not keep others from running") {
  auto lets_others_run = [which = 0](auto spawn) mutable {
    ++which;
    support::local_node node;
    bool stop = false;
    long rounds = 0;
    spawn(node, &stop, &rounds);
    node.spawn<stops_it>(&stop);
    node.turn();  // would not return
    CHECK(stop);
    CHECK(node.env.living == 0);
    INFO(which);
    CHECK(rounds > 0);
    CHECK(rounds < 10'000);
  };
  lets_others_run([](auto& n, auto... a) { n.template spawn<awaits_what_is_ready>(a...); });
  lets_others_run([](auto& n, auto... a) { n.template spawn<sends_itself>(a...); });
  lets_others_run([](auto& n, auto... a) { n.template spawn<awaits_sends>(a...); });
  lets_others_run([](auto& n, auto... a) { n.template spawn<has_much_mail>(a...); });
}
TEST_CASE("an actor that gives way between two coroutines can be killed there", "[S-33]") {
  support::local_node node;
  bool stop = false;
  long rounds = 0;
  auto const p = node.spawn<awaits_what_is_ready>(&stop, &rounds);
  node.turn(2);
  CHECK(rounds > 0);
  snow::signal_exit(node.env, p, {{}, snow::errc::killed, true});
  node.turn();
  CHECK(node.env.living == 0);
}
TEST_CASE("messages keep their order on one, two and four workers", "[S-1]") {
  for (std::size_t const workers : {1u, 2u, 4u}) support::run_actors<crowd>(workers);
}
TEST_CASE("messages keep their order while their sender is moved between any two of them", "[S-1][S-41]") {
  for (std::size_t const workers : {2u, 4u}) support::run_actors<counts>(workers);
}
TEST_CASE("a down comes after all that its process had sent", "[S-24]") {
  for (std::size_t const workers : {1u, 2u, 4u}) support::run_actors<hears_all_before_the_down>(workers);
}

}  // namespace activation_test

#include "snow/cluster/async.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;

namespace async_test {

struct said {
  std::string what;
};

std::uint64_t square(std::uint64_t x) {
  return x * x;
}
snow::task<std::uint64_t> slow_square(snow::context& self, std::uint64_t x, snow::duration time) {
  co_await self.sleep_for(time);
  co_return x* x;
}
snow::task<std::string> fails(snow::context& self, snow::duration time) {
  co_await self.sleep_for(time);
  throw std::runtime_error{"as asked"};
}
snow::actor just_waits(snow::context& self, snow::duration time) {
  co_await self.sleep_for(time);
}
snow::task<std::unique_ptr<int>> makes(snow::context& self) {
  co_await self.sleep_for(1s);
  co_return std::make_unique<int>(4);
}
/// Says when it begins, and, by its frame's end, why it ended.
snow::task<int> tells(snow::context& self, snow::pid whom) {
  struct at_the_end {
    snow::context& self;
    snow::pid whom;
    ~at_the_end() { self.send<said>(whom, "gone"); }
  } const last{self, whom};
  self.send<said>(whom, "begins");
  co_await self.sleep_for(24h);
  co_return 1;
}

template <class... A>
void say(snow::context& self, const snow::pid& to, fmt::format_string<A...> format, A&&... what) {
  self.send<said>(to, fmt::format(format, std::forward<A>(what)...));
}
std::string text(const snow::error& e) {
  return std::string{snow::to_string(e.which())} + ": " + e.details();
}

snow::actor at_once(snow::context& self, snow::pid told) {
  auto const a = snow::async<slow_square>(self, 3, 1s);
  auto const b = snow::async<slow_square>(self, 4, 2s);
  auto const c = snow::async<square>(self, 5);
  auto const d = snow::async<just_waits>(self, 1s);
  auto const nine = co_await snow::await(a);
  auto const sixteen = co_await snow::await(b);
  auto const more = co_await snow::await(c);
  co_await snow::await(d);
  say(self, told, "{} {} {}", nine, sixteen, more);
  auto const again = co_await snow::await(a);
  say(self, told, "{}", again);
}

snow::actor hears_of_failure(snow::context& self, snow::pid told) {
  auto const t = snow::async<fails>(self, 1s);
  for (int i = 0; i < 2; ++i) {
    auto awaiting = snow::await(t);
    auto const r = co_await snow::as_result(std::move(awaiting));
    say(self, told, "{}", text(r.error()));
  }
  try {
    co_await snow::await(t);
  } catch (const snow::error& e) {
    say(self, told, "{}", e == snow::errc::exception);
  }
}

snow::actor waits_twice(snow::context& self, snow::pid told) {
  auto const t = snow::async<slow_square>(self, 3, 10s);
  for (auto const d : {2s, 9s}) {
    auto awaiting = snow::await(t).within(d);
    auto const r = co_await snow::as_result(std::move(awaiting));
    if (r)
      say(self, told, "{}", *r);
    else
      say(self, told, "{}", snow::to_string(r.error().which()));
  }
}

snow::actor cancels(snow::context& self, snow::pid told) {
  auto t = snow::async<tells>(self, told);
  co_await self.sleep_for(1s);
  t.cancel();
  auto awaiting = snow::await(t);
  auto const r = co_await snow::as_result(std::move(awaiting));
  say(self, told, "{}", snow::to_string(r.error().which()));
  t.cancel();
}
snow::actor drops(snow::context& self, snow::pid told) {
  auto t = snow::async<tells>(self, told);
  co_await self.sleep_for(1s);
  {
    auto const other = std::move(t);
    co_await self.sleep_for(1s);
  }
  co_await self.sleep_for(1s);
}

snow::actor only_moves(snow::context& self, snow::pid told) {
  auto const t = snow::async<makes>(self);
  auto const p = co_await snow::await(t);
  say(self, told, "{}", *p);
}

snow::actor awaits_all(snow::context& self, snow::pid told) {
  auto const a = snow::async<slow_square>(self, 3, 2s);
  auto const b = snow::async<just_waits>(self, 1s);
  auto const [nine, nothing] = co_await snow::await_all(a, b);
  say(self, told, "{}", nine);
  std::vector<snow::async_task<std::uint64_t>> many;
  auto const none = co_await snow::await_all(many);
  for (std::uint64_t i = 0; i < 100; ++i)
    many.push_back(snow::async<slow_square>(self, i, std::chrono::milliseconds{100 - i}));
  auto const all = co_await snow::await_all(many);
  bool right = none.empty() && all.size() == 100;
  for (std::uint64_t i = 0; i < 100; ++i) right = right && all[i] == i * i;
  say(self, told, "{}", right);

  std::vector<snow::async_task<std::string>> failing;
  failing.push_back(snow::async<fails>(self, 24h));
  failing.push_back(snow::async<fails>(self, 1s));
  auto awaiting = snow::await_all(failing);
  auto const r = co_await snow::as_result(std::move(awaiting));
  say(self, told, "{}", text(r.error()));
  auto in_vain = snow::await_all(failing[0], a).within(1s);
  auto const late = co_await snow::as_result(std::move(in_vain));
  say(self, told, "{}", snow::to_string(late.error().which()));
  failing[0].cancel();
  auto cancelled = snow::await_all(failing[0], a);
  auto const never = co_await snow::as_result(std::move(cancelled));
  say(self, told, "{}", snow::to_string(never.error().which()));
}

snow::actor awaits_any(snow::context& self, snow::pid told) {
  auto const slow = snow::async<slow_square>(self, 3, 3s);
  auto const bad = snow::async<fails>(self, 2s);
  auto const quick = snow::async<just_waits>(self, 1s);
  auto const first = co_await snow::await_any(slow, bad, quick);
  auto const second = co_await snow::await_any(bad, slow);
  auto const third = co_await snow::await_any(slow);
  say(self, told, "{} {} {}", first, second, third);

  std::vector<snow::async_task<std::uint64_t>> many;
  auto awaiting_none = snow::await_any(many);
  auto const none = co_await snow::as_result(std::move(awaiting_none));
  say(self, told, "{}", snow::to_string(none.error().which()));
  for (std::uint64_t i = 0; i < 10; ++i)
    many.push_back(snow::async<slow_square>(self, i, std::chrono::seconds{10 - i}));
  auto const last = co_await snow::await_any(many);
  many[5].cancel();
  auto const cancelled = co_await snow::await_any(many);
  auto late = snow::await_any(many[0]).within(1s);
  auto const r = co_await snow::as_result(std::move(late));
  say(self, told, "{} {} {}", last, cancelled, r ? "looked" : "late");
}

snow::actor refuses(snow::context& self, snow::pid told) {
  auto const n = static_cast<std::int64_t>(told.generation) - static_cast<std::int64_t>(told.generation) - 1;
  try {
    auto const t = snow::async<square>(self, n);
    co_await snow::await(t);
  } catch (const snow::error& e) {
    say(self, told, "{}", e == snow::errc::bad_arguments);
  }
}

// ---- between nodes

/// Spreads work over nodes; who cannot do it is left out.
snow::actor spreads(snow::context& self, std::vector<std::string> nodes, std::uint64_t* sum, int* failed) {
  std::vector<snow::async_task<std::uint64_t>> parts;
  for (std::uint64_t i = 0; i < 12; ++i) {
    auto connecting = self.node().connect(nodes[i % nodes.size()]);
    auto const peer = co_await snow::as_result(std::move(connecting));
    if (peer)
      parts.push_back(snow::async<slow_square>(*peer, i, 2s));
    else
      ++*failed;
  }
  for (auto const& p : parts) {
    auto awaiting = snow::await(p).within(60s);
    auto const r = co_await snow::as_result(std::move(awaiting));
    if (r)
      *sum += *r;
    else if (r.error() == snow::errc::no_connection)
      ++*failed;
    else
      *failed += 1000;
  }
}
snow::actor starts_there(snow::context& self, std::string node) {
  auto const peer = co_await self.node().connect(node);
  auto const t = snow::async<just_waits>(peer, 24h);
  co_await snow::await(t).within(24h);
}
std::size_t running(snow::testing::node& n) {
  std::size_t count = 0;
  for (auto const& a : n->actors()) count += a.function.find("just_waits") != std::string::npos;
  return count;
}

SNOW_REGISTER(async_test::slow_square, async_test::just_waits);

namespace {

auto const is = [](std::string text) { return [text](const said& s) { return s.what == text; }; };

struct stage {
  snow::testing::fixture kit;
  snow::testing::probe& told = kit.probe("told");

  template <auto F>
  snow::testing::spawned run(snow::duration d) {
    auto const a = kit.spawn<F>(told.pid());
    kit.advance(d);
    return a;
  }
  std::size_t actors() { return kit.node().actors().size(); }
};

}  // namespace

TEST_CASE("tasks run at once, and each gives its value as often as it is awaited [S-96]") {
  stage s;
  auto const a = s.run<at_once>(2s);
  s.told.expect<said>(is("9 16 25"));
  s.told.expect<said>(is("9"));
  CHECK(a.exit_reason() == snow::errc::normal);
}

TEST_CASE("the failure of a task is told to who awaits it, each time, and to nobody else [S-96]") {
  stage s;
  auto const a = s.run<hears_of_failure>(1s);
  s.told.expect<said>(is("exception: async: call async_test::fails: as asked"));
  s.told.expect<said>(is("exception: async: call async_test::fails: as asked"));
  s.told.expect<said>(is("true"));
  CHECK(a.exit_reason() == snow::errc::normal);
}

TEST_CASE("a task outlives the deadline of who awaits it [S-96]") {
  stage s;
  s.run<waits_twice>(11s);
  s.told.expect<said>(is("timed_out"));
  s.told.expect<said>(is("9"));
}

TEST_CASE("a task that is cancelled, or whose handle is gone, ends [S-97]") {
  stage s;
  std::size_t const before = s.actors();
  s.run<cancels>(1s);
  s.told.expect<said>(is("begins"));
  s.told.expect<said>(is("abandoned"));
  s.told.expect<said>(is("gone"));
  CHECK(s.actors() == before);

  auto const a = s.run<drops>(1500ms);
  s.told.expect<said>(is("begins"));
  s.told.expect_nothing();
  s.kit.advance(500ms);
  s.told.expect<said>(is("gone"));
  CHECK_FALSE(a.has_ended());
  s.kit.advance(1s);
  CHECK(s.actors() == before);
}

TEST_CASE("a task ends with the actor that started it, however that ends [S-97]") {
  stage s;
  std::size_t const before = s.actors();
  auto const a = s.run<drops>(500ms);
  s.told.expect<said>(is("begins"));
  s.kit.exit(a, snow::kill);
  s.kit.run();
  s.told.expect<said>(is("gone"));
  CHECK(s.actors() == before);
}

TEST_CASE("a value that cannot be copied is given once [S-96]") {
  stage s;
  s.run<only_moves>(1s);
  s.told.expect<said>(is("4"));
}

TEST_CASE("await_all gives all values, or the first failure as soon as it comes [S-96]") {
  stage s;
  s.run<awaits_all>(10s);
  s.told.expect<said>(is("9"));
  s.told.expect<said>(is("true"));
  s.told.expect<said>(is("exception: async: call async_test::fails: as asked"));
  s.told.expect<said>(is("timed_out"));
  s.told.expect<said>(is("abandoned"));
}

TEST_CASE("await_any tells which ended first, well or not [S-96]") {
  stage s;
  s.run<awaits_any>(20s);
  s.told.expect<said>(is("2 0 0"));
  s.told.expect<said>(is("bad_arguments"));
  s.told.expect<said>(is("9 5 late"));
}

TEST_CASE("an argument that does not fit is told by async itself [S-96]") {
  stage s;
  s.run<refuses>(1s);
  s.told.expect<said>(is("true"));
}

TEST_CASE("tasks on other nodes give their values, or no_connection when the network breaks [S-96]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    snow::testing::simulation sim{{.seed = seed}};
    auto &a = sim.node("a"), &b = sim.node("b"), &c = sim.node("c");
    std::uint64_t sum = 0;
    int failed = 0;
    auto const owner = a.spawn<spreads>(std::vector{b.name(), c.name()}, &sum, &failed);
    sim.run_for(1s);
    if (seed % 3 == 1) sim.partition({"a"}, {"c"});
    if (seed % 3 == 2) sim.crash("c");
    CHECK(sim.run_until([&] { return owner.has_ended(); }));
    CHECK(owner.exit_reason() == snow::errc::normal);
    CHECK(failed == (seed % 3 == 0 ? 0 : 6));
    CHECK(sum == (seed % 3 == 0 ? 506 : 220));
  }
}

TEST_CASE("the end of an owner, by crash or partition, ends its tasks on other nodes [S-97]") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    snow::testing::simulation sim{{.seed = seed}};
    auto &a = sim.node("a"), &b = sim.node("b");
    auto const owner = a.spawn<starts_there>(b.name());
    sim.run_for(1s);
    REQUIRE(running(b) == 1);
    if (seed % 3 == 0) a->spawn<just_waits>(0s);
    if (seed % 3 == 0) sim.crash("a");
    if (seed % 3 == 1) sim.partition({"a"}, {"b"});
    if (seed % 3 == 2) sim.stop("a");
    CHECK(sim.run_until([&] { return running(b) == 0; }));
  }
}

}  // namespace async_test

#include "snow/process/ref.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "snow/actor.hpp"
#include "snow/process/actor_of.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;

namespace ref_test {

struct tally {
  std::string word;
};
struct total {
  using reply_type = std::uint64_t;
  std::string word;
};
struct other {};
template <class T>
struct unknown_to_others {
  T value{};
};

using tallies = snow::takes<tally, total>;
using only_totals = snow::takes<total>;
struct by_inheritance : snow::takes<total, tally> {};
using local = snow::takes<unknown_to_others<int>>;

/// A message with a reference, also to who takes the message itself.
struct introduces {
  snow::ref<only_totals> who;
};
struct chain {
  snow::ref<snow::takes<chain>> next;
  int length = 0;
};

snow::actor_of<tallies> counter(snow::context& self, std::uint64_t start) {
  std::uint64_t seen = start;
  for (;;) co_await self.receive([&](tally) { ++seen; }, [&](total) { return seen; });
}
snow::actor untyped(snow::context& self) {
  co_await self.receive([](tally) {});
}
/// A function of that name with other messages, as another program might have it.
snow::actor_of<only_totals> declares_less(snow::context& self, std::uint64_t) {
  co_await self.receive([](total) { return std::uint64_t{}; });
}

// ---- what converts into what
static_assert(std::is_same_v<decltype(std::declval<snow::context&>().spawn<counter>(1)), snow::ref<tallies>>);
static_assert(std::is_same_v<decltype(std::declval<snow::context&>().spawn<untyped>()), snow::pid>);
static_assert(std::is_convertible_v<snow::ref<tallies>, snow::pid>);
static_assert(std::is_convertible_v<snow::ref<tallies>, snow::ref<only_totals>>);
static_assert(std::is_convertible_v<snow::ref<tallies>, snow::ref<by_inheritance>>);
static_assert(!std::is_convertible_v<snow::ref<only_totals>, snow::ref<tallies>>);
static_assert(!std::is_constructible_v<snow::ref<tallies>, snow::pid>);
static_assert(sizeof(snow::ref<tallies>) == sizeof(snow::pid));
static_assert(std::is_trivially_copyable_v<snow::ref<tallies>>);

// ---- what other nodes see
static_assert(snow::serializable<snow::ref<tallies>> && !snow::serializable<snow::ref<local>>);
static_assert(snow::portable<introduces> && snow::portable<chain>);
static_assert(snow::fingerprint_of<snow::ref<tallies>> != snow::fingerprint_of<snow::ref<only_totals>>);
static_assert(snow::detail::signature_of<counter> != snow::detail::signature_of<declares_less>);

snow::actor asks(snow::context& self, snow::pid told) {
  auto const all = self.spawn<counter>(1);
  self.send<tally>(all, "a");
  tally const named{"b"};
  self.send(all, named);
  snow::ref<only_totals> const some = all;
  auto const n = co_await self.ask<total>(some, "");
  self.send<std::uint64_t>(told, n);
  self.send_after<tally>(1s, all, "c");
  auto const timer = self.send_every<tally>(2s, all, "d");
  co_await self.sleep_for(5s);
  auto const later = co_await self.ask<total>(all, "");
  self.send<std::uint64_t>(told, later);

  auto const [watched, monitor] = self.spawn_monitor<counter>(5);
  self.send<std::uint64_t>(told, co_await self.ask<total>(watched, ""));
  self.exit(watched, "enough");
  co_await self.receive([&](const snow::down& d) { self.send<bool>(told, d.pid == watched); });
}

// ---- between nodes

snow::actor_of<snow::takes<introduces>> asks_whom_it_is_told(snow::context& self, std::uint64_t* result) {
  snow::ref<only_totals> whom;
  co_await self.receive([&](introduces i) { whom = i.who; });
  *result = co_await self.ask<total>(whom, "");
}
snow::actor spawns_there(snow::context& self, std::string node, snow::ref<snow::takes<introduces>> told,
                         bool* down) {
  auto const peer = co_await self.node().connect(node);
  snow::ref<tallies> const there = co_await peer.spawn<counter>(40).within(3s);
  self.send<tally>(there, "a");
  self.send<introduces>(told, there);
  auto const watched = co_await peer.spawn_monitor<counter>(7);
  auto const tried = co_await snow::as_result(peer.spawn_monitor<counter>(7).within(0s));
  snow::ref<only_totals> const less = watched.pid;
  if (tried || co_await self.ask<total>(less, "") != 7) co_return;
  self.exit(less, "enough");
  co_await self.receive([&](const snow::down& d) { *down = d.pid == less && d.monitor == watched.monitor; });
}

SNOW_REGISTER(ref_test::counter);

TEST_CASE("a reference is sent to, asked, monitored and ended as a pid [S-90]") {
  snow::testing::fixture kit;
  auto& told = kit.probe("told");
  kit.spawn<asks>(told.pid());
  kit.run();
  told.expect(std::uint64_t{3});
  kit.advance(5s);
  told.expect(std::uint64_t{6});
  told.expect(std::uint64_t{5});
  told.expect(true);

  auto const outside = kit.node().spawn<counter>(2);
  kit.node().send<tally>(outside, "a");
  CHECK(*kit.ask<total>(outside, "") == 3);
}

TEST_CASE("a reference travels as the pid that it is, and its shape names what it takes [S-90]") {
  CHECK(snow::shape_of<snow::ref<tallies>>() == "ref<ref_test::tally,ref_test::total>");
  CHECK(snow::shape_of<snow::ref<snow::takes<std::string, int>>>() == "ref<string,i32>");
  CHECK(snow::shape_of<chain>() == "{ref<ref_test::chain>,i32}");

  snow::byte_buffer out, as_pid;
  snow::pid const p{snow::no_node, 0, 0};
  snow::writer w{out, nullptr}, v{as_pid, nullptr};
  snow::encode_body(w, snow::ref<tallies>::of(p));
  snow::encode_body(v, p);
  CHECK_FALSE(w.failed());
  CHECK(std::string_view{reinterpret_cast<const char*>(out.span().data()), out.span().size()} ==
        std::string_view{reinterpret_cast<const char*>(as_pid.span().data()), as_pid.span().size()});
}

TEST_CASE("a function that declares other messages is another function to its callers [S-90]") {
  CHECK(snow::detail::make_signature_text<&counter>() == "(u64)->ref<ref_test::tally,ref_test::total>");
  CHECK(snow::detail::make_signature_text<&declares_less>() == "(u64)->ref<ref_test::total>");
}

TEST_CASE("a remote spawn gives a reference, and references go from node to node [S-90]") {
  snow::testing::simulation sim{{.seed = 5}};
  auto &a = sim.node("a"), &b = sim.node("b");
  std::uint64_t result = 0;
  bool down = false;
  auto const told = snow::ref<snow::takes<introduces>>::of(a.spawn<asks_whom_it_is_told>(&result).pid());
  auto const spawns = a.spawn<spawns_there>(b.name(), told, &down);
  sim.run_for(10s);
  CHECK(spawns.exit_reason() == snow::errc::normal);
  CHECK(result == 41);
  CHECK(down);
}

}  // namespace ref_test

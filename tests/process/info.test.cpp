#include "snow/process/info.hpp"

#include <chrono>
#include <source_location>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace info_test {

using namespace std::chrono_literals;

namespace {

struct go {};
struct never_sent {};

std::string place(unsigned line) {
  return std::string{std::source_location::current().file_name()} + ":" + std::to_string(line);
}

constexpr unsigned sleeps_at = __LINE__ + 2;
snow::task<> sleeps(snow::context& self) {
  co_await self.sleep_for(1h);
}
snow::actor waits_inside(snow::context& self) {
  co_await sleeps(self);
}
constexpr unsigned receives_at = __LINE__ + 3;
snow::actor waits_for_mail(snow::context& self) {
  for (int i = 0; i < 3; ++i) self.send<go>(self.id());
  co_await self.receive([](never_sent) {});
}
snow::actor looks(snow::context& self, snow::actor_info* out) {
  co_await self.receive([](never_sent) {}, snow::after(0ns, [] {}));
  *out = self.info();
}

}  // namespace

TEST_CASE("actors() tells each actor's function, state, mail, and where it waits and since when") {
  support::hand_clock clock;
  support::local_node node{1, &clock};
  auto const one = node.spawn<waits_inside>();
  auto const two = node.spawn<waits_for_mail>();
  node.turn();
  clock.advance(5s);
  auto const all = snow::actors(node.env);
  REQUIRE(all.size() == 2);
  auto const& first = all[0].pid == one ? all[0] : all[1];
  auto const& second = all[0].pid == one ? all[1] : all[0];
  CHECK(first.pid == one);
  CHECK(first.function.find("waits_inside") != std::string::npos);
  CHECK(first.state == snow::actor_info::state_type::waiting);
  CHECK(first.waits_at == place(sleeps_at));
  CHECK(first.waits_for == 5s);
  CHECK(first.mail == 0);
  CHECK(second.pid == two);
  CHECK(second.waits_at == place(receives_at));
  CHECK(second.mail == 3);
  snow::signal_exit(node.env, one, {{}, snow::errc::killed, true});
  node.turn();
  CHECK(snow::actors(node.env).size() == 1);
}
TEST_CASE("an actor that was not run yet is ready, and waits nowhere") {
  support::local_node node;
  node.spawn<waits_inside>();
  auto const all = snow::actors(node.env);
  REQUIRE(all.size() == 1);
  CHECK(all[0].state == snow::actor_info::state_type::ready);
  CHECK(all[0].waits_at.empty());
}
TEST_CASE("an actor sees itself as others do") {
  support::local_node node;
  snow::actor_info mine;
  auto const p = node.spawn<looks>(&mine);
  node.turn();
  CHECK(mine.pid == p);
  CHECK(mine.function.find("looks") != std::string::npos);
  CHECK(mine.state == snow::actor_info::state_type::ready);
}

}  // namespace info_test

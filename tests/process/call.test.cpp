#include "snow/process/call.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace call_test {

using namespace std::chrono_literals;
using support::expect;

namespace {

struct go {};

int square(int x) {
  return x * x;
}
void acts(int* done) {
  ++*done;
}
snow::task<std::string> repeats(snow::context& self, const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) {
    co_await self.sleep_for(0ns);
    all += text;
  }
  co_return all;
}
snow::actor waits(snow::context& self) {
  co_await self.sleep_for(0ns);
}
snow::actor forever(snow::context& self, int* gone) {
  struct last {
    int* n;
    ~last() { ++*n; }
  } const at_the_end{gone};
  co_await self.receive([](go) {});
}
int fails(int x) {
  throw std::runtime_error{"no " + std::to_string(x)};
}
snow::task<int> fails_later(snow::context& self) {
  co_await self.sleep_for(0ns);
  throw std::runtime_error{"later"};
}

int done = 0;
int gone = 0;
snow::actor calls(snow::context& self) {
  expect(co_await self.call<square>(7) == 49);
  co_await self.call<acts>(&done);
  expect(done == 1);
  expect(co_await self.call<repeats>("ab", 3) == "ababab");
  co_await self.call<waits>();
  auto const failed = co_await snow::as_result(self.call<fails>(3));
  expect(failed.error() == snow::errc::exception && failed.error().details().ends_with("no 3"));
  expect(failed.error().details().find("fails") != std::string::npos);
  expect((co_await snow::as_result(self.call<fails_later>())).error() == snow::errc::exception);
}
snow::actor gives_up(snow::context& self) {
  gone = 0;
  expect((co_await snow::as_result(self.call<forever>(&gone).within(1ms))).error() == snow::errc::timed_out);
  while (gone == 0) co_await self.sleep_for(0ns);
}
snow::actor calls_forever(snow::context& self, int* n) {
  co_await self.call<forever>(n).within(1h);
}
snow::actor ends_all_but_itself(snow::context& self, snow::pid spared) {
  for (auto const& a : snow::actors(snow::environment::current()))
    if (a.pid != self.id() && a.pid != spared) self.exit(a.pid, snow::kill);
  co_return;
}
snow::actor callee_is_killed(snow::context& self, snow::errc* why) {
  self.spawn<ends_all_but_itself>(self.id());
  // The callee is killed where it stands: before its first instruction.
  auto const r = co_await snow::as_result(self.call<forever>(&gone).within(1h));
  *why = r.error().which();
}

}  // namespace

TEST_CASE("call runs a function of any kind in an actor and gives its value or its failure", "[S-21]") {
  support::run_actors<calls>();
}
TEST_CASE("a call that is given up ends its callee", "[S-19][S-21]") {
  support::run_actors<gives_up>();
  support::local_node node;
  int n = 0;
  auto const p = node.spawn<calls_forever>(&n);
  node.turn();
  CHECK(node.env.living == 2);
  snow::signal_exit(node.env, p, {{}, snow::errc::killed, true});
  node.turn();
  CHECK(n == 1);
  CHECK(node.env.living == 0);
}
TEST_CASE("a call ends with its callee, also when that never began", "[S-11][S-21]") {
  support::local_node node;
  auto why = snow::errc::normal;
  node.spawn<callee_is_killed>(&why);
  node.turn();
  CHECK(why == snow::errc::killed);
}

}  // namespace call_test

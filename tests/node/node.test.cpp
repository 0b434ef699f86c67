#include "snow/node/node.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <csignal>
#include <latch>
#include <stdexcept>
#include <thread>

#include "support/catch.hpp"

namespace node_test {

namespace {

struct question {
  using reply_type = int;
  int n;
};
struct note {
  int n;
};

snow::actor nothing(snow::context&) {
  co_return;
}
snow::actor throws(snow::context&) {
  throw std::runtime_error{"out of luck"};
  co_return;
}
snow::actor doubler(snow::context& self) {
  for (;;) co_await self.receive([](question q) { return 2 * q.n; });
}
snow::actor asks(snow::context& self, int* out) {
  auto const p = self.spawn<doubler>();
  *out = co_await self.ask<question>(p, 21);
}

snow::actor stops(snow::context& self) {
  self.node().stop();
  co_return;
}
snow::actor raises(snow::context&, int signal) {
  std::raise(signal);
  co_return;
}
snow::actor stops_later(snow::context& self) {
  co_await self.sleep_for(std::chrono::milliseconds{20});
  self.node().stop();
}
struct blocking_function {
  std::latch began{1};
  std::latch may_end{1};
  std::atomic<bool> ended = false;
};
snow::actor blocks(snow::context& self, blocking_function* f) {
  auto const slow = [f] {
    f->began.count_down();
    f->may_end.wait();
    f->ended = true;
  };
  co_await self.blocking(slow);
}

}  // namespace

TEST_CASE("run returns 0 when the actor ended normally, and prints why otherwise") {
  CHECK(snow::node{}.run<nothing>() == 0);
  CHECK(snow::node{}.run<throws>() == 1);
}

TEST_CASE("the actor of run spawns, sends and asks") {
  int out = 0;
  snow::node node;
  CHECK(node.run<asks>(&out) == 0);
  CHECK(out == 42);
}

TEST_CASE("plain threads spawn, send and ask while the node runs") {
  snow::node node;
  node.start();
  auto const p = node.spawn<doubler>();
  node.send<note>(p, 1);
  CHECK(node.ask<question>(p, 4).get() == 8);
  CHECK_THROWS_AS(node.ask<question>(snow::pid{snow::this_node, 7, 99}, 4).get(), snow::error);
  CHECK(node.info(p).get().function.find("doubler") != std::string::npos);
  CHECK_THROWS_AS(node.info(snow::pid{snow::this_node, 7, 99}).get(), snow::error);
  node.stop();
}

TEST_CASE("an ask of a node that has stopped fails with shutting_down") {
  snow::node node;
  node.start();
  auto const p = node.spawn<doubler>();
  node.stop();
  try {
    node.ask<question>(p, 4).get();
    FAIL("it was answered");
  } catch (const snow::error& e) {
    CHECK(e == snow::errc::shutting_down);
  }
}

TEST_CASE("an actor may stop the node that runs it, and a thread too") {
  snow::node by_actor;
  CHECK(by_actor.run<stops>() == 0);
  snow::node by_thread;
  by_thread.spawn<doubler>();
  std::thread other{[&] { by_thread.stop(); }};
  CHECK(by_thread.serve() == 0);
  other.join();
}

TEST_CASE("SIGINT and SIGTERM end serve in order, with 0") {
  for (int const signal : {SIGINT, SIGTERM}) {
    snow::node node;
    node.spawn<doubler>();
    node.spawn<raises>(signal);
    CHECK(node.serve() == 0);
  }
}

TEST_CASE("a node lives on a context that the user runs, beside the user's own handlers") {
  asio::io_context io;
  int out = 0;
  {
    snow::node node{{.io = &io}};
    CHECK(node.run<asks>(&out) == 0);
    CHECK(out == 42);
  }
  snow::node node{{.io = &io}};
  node.start();
  auto const p = node.spawn<doubler>();
  auto answer = node.ask<question>(p, 5);
  bool handled = false;
  asio::post(io, [&] { handled = true; });
  auto const sleeper = node.spawn<stops_later>();
  io.restart();
  io.run();  // returns once the node has stopped
  CHECK(handled);
  CHECK(answer.get() == 10);
  CHECK(sleeper);
}

TEST_CASE("a node on a user's context that nobody runs any more ends all the same") {
  asio::io_context io;
  snow::node node{{.io = &io}};
  node.start();
  node.spawn<doubler>();
}

TEST_CASE("a node that never ran ends what was spawned on it") {
  snow::node node;
  for (int i = 0; i < 100; ++i) node.spawn<doubler>();
}

TEST_CASE("what still blocks when the node stops is waited for, and touches nothing that is gone [S-33]") {
  blocking_function f;
  {
    snow::node node;
    node.start();
    node.spawn<blocks>(&f);
    f.began.wait();
    std::thread other{[&] { f.may_end.count_down(); }};
    node.stop();
    other.join();
  }
  CHECK(f.ended);
}

namespace {

struct work {
  using reply_type = int;
};
snow::actor stops_in_a_handler(snow::context& self, std::atomic<bool>* done) {
  for (;;)
    co_await self.receive([&](work) -> snow::task<int> {
      self.node().stop();
      auto const nothing_to_do = [] {};
      co_await self.blocking(nothing_to_do);
      *done = true;
      co_return 1;
    });
}
snow::actor sleeps_for_long(snow::context& self) {
  co_await self.sleep_for(std::chrono::hours{1});
}

}  // namespace

TEST_CASE("a handler that has begun when the node is stopped goes on to its end", "[node][S-32]") {
  std::atomic<bool> done = false;
  snow::node node{{.workers = 2}};
  node.start();
  auto const p = node.spawn<stops_in_a_handler>(&done);
  auto answer = node.ask<work>(p);
  CHECK(answer.get() == 1);
  CHECK(done);
}

TEST_CASE("an actor that only sleeps does not hold up the end of its node", "[node][S-32]") {
  snow::node node{{.workers = 1}};
  node.start();
  node.spawn<sleeps_for_long>();
  auto const before = std::chrono::steady_clock::now();
  node.stop();
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{4});
}

}  // namespace node_test

#include "snow/node/engine.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "snow/node/node.hpp"
#include "support/catch.hpp"

namespace engine_test {

using namespace std::chrono_literals;

namespace {

struct question {
  using reply_type = int;
  int n = 0;
};

snow::actor answers(snow::context& self) {
  for (;;) co_await self.receive([](question q) { return q.n; });
}

std::chrono::microseconds used() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  auto const of = [](const timeval& t) {
    return std::chrono::seconds{t.tv_sec} + std::chrono::microseconds{t.tv_usec};
  };
  return of(u.ru_utime) + of(u.ru_stime);
}

}  // namespace

TEST_CASE("there is a worker for each core that the process may use") {
  std::size_t workers = 0;
  std::thread{[&] {
    cpu_set_t mine, one;
    REQUIRE(::sched_getaffinity(0, sizeof mine, &mine) == 0);
    int first = 0;
    while (!CPU_ISSET(first, &mine)) ++first;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
    snow::engine e{{}};
    workers = e.env().size();
  }}.join();
  CHECK(workers == 1);
}

TEST_CASE("an idle node with default options uses less than a hundredth of a core") {
  snow::node node;
  node.start();
  std::vector<snow::pid> all;
  for (int i = 0; i < 100; ++i) all.push_back(node.spawn<answers>());
  for (auto const& p : all) CHECK(node.ask<question>(p, 1).get() == 1);
  auto const before = used();
  std::this_thread::sleep_for(2s);  // that nothing happens is what is measured
  CHECK((used() - before) < 20ms);
}

TEST_CASE("what workers hand to each other while a node stops is done when it has stopped, and nothing after",
          "[S-32]") {
  snow::engine e{{.workers = 2}};
  int hops = 0;
  std::function<void()> hop = [&] {
    if (++hops < 20) snow::run_on(e.env().at(static_cast<std::size_t>(hops % 2)), hop);
  };
  snow::run_on(e.env().at(1), hop);
  e.stop();
  CHECK(hops == 20);
}

TEST_CASE("threads spawn on a node that another one stops: each actor is refused or ended", "[S-32]") {
  for (int round = 0; round < 20; ++round) {
    snow::node node{{.workers = 2}};
    node.start();
    std::atomic<bool> refused = false;
    std::thread spawning{[&] {
      try {
        for (;;) node.spawn<answers>();
      } catch (const snow::error& e) {
        refused = e == snow::errc::shutting_down;
      }
    }};
    node.stop();
    spawning.join();
    CHECK(refused);
  }
}

}  // namespace engine_test

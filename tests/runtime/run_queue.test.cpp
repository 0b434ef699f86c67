#include "snow/runtime/run_queue.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace run_queue_test {

namespace {

constexpr std::size_t ring = snow::run_queue::capacity;

struct cells {
  explicit cells(std::size_t n) : all{std::make_unique<snow::cell[]>(n)} {
    for (std::size_t i = 0; i < n; ++i) all[i].slot = static_cast<std::uint32_t>(i);
  }
  snow::cell& operator[](std::size_t i) { return all[i]; }
  std::unique_ptr<snow::cell[]> all;
};

}  // namespace

TEST_CASE("first in, first out, also beyond the ring") {
  cells c{4 * ring};
  snow::run_queue q;
  std::size_t in = 0, out = 0;
  CHECK(q.empty());
  CHECK(q.pop() == nullptr);
  for (std::size_t round = 0; round < 8; ++round) {
    for (std::size_t i = 0; i < ring / 2; ++i) q.push(c[in++]);
    for (std::size_t i = 0; i < ring / 4; ++i) REQUIRE(q.pop() == &c[out++]);
  }
  while (out < in) REQUIRE(q.pop() == &c[out++]);
  CHECK(q.pop() == nullptr);
  CHECK(q.empty());
}

TEST_CASE("a thief gets the older half, rounded up, of what is in the ring") {
  cells c{3 * ring};
  snow::run_queue q, thief;
  CHECK(q.steal_into(thief) == 0);
  for (std::size_t i = 0; i < 5; ++i) q.push(c[i]);
  CHECK(q.steal_into(thief) == 3);
  CHECK(q.steal_into(thief) == 1);
  CHECK(q.steal_into(thief) == 1);
  CHECK(q.steal_into(thief) == 0);
  for (std::size_t i = 0; i < 5; ++i) CHECK(thief.pop() == &c[i]);
  for (std::size_t i = 0; i < 3 * ring; ++i) q.push(c[i]);
  CHECK(q.stealable());
  CHECK(q.steal_into(thief) == ring / 2);  // the rest waits behind the ring, with the owner
  for (std::size_t i = ring / 2; i < 3 * ring; ++i) REQUIRE(q.pop() == &c[i]);
}

TEST_CASE("where thieves have made room, the next still goes behind those that found none") {
  cells c{ring + 2};
  snow::run_queue q, thief;
  for (std::size_t i = 0; i < ring + 1; ++i) q.push(c[i]);
  CHECK(q.steal_into(thief) == ring / 2);
  q.push(c[ring + 1]);
  for (std::size_t i = ring / 2; i < ring + 2; ++i) REQUIRE(q.pop() == &c[i]);
}

TEST_CASE("an owner and thieves: each actor goes to one of them, once") {
  constexpr std::size_t actors = 50'000, thieves = 2;
  cells c{actors};
  snow::run_queue q;
  std::vector<std::atomic<int>> taken(actors);
  std::atomic<std::size_t> left = actors;
  auto const take = [&](snow::cell& got) {
    ++taken[got.slot];
    --left;
  };
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < thieves; ++t)
    threads.emplace_back([&] {
      snow::run_queue mine;
      while (left > 0) {
        q.steal_into(mine);
        while (snow::cell* const got = mine.pop()) take(*got);
      }
    });
  for (std::size_t i = 0; i < actors;) {
    for (std::size_t burst = std::min(i % 400 + 1, actors - i); burst > 0; --burst) q.push(c[i++]);
    for (std::size_t some = i % 100; some > 0; --some)
      if (snow::cell* const got = q.pop()) take(*got);
  }
  while (snow::cell* const got = q.pop()) take(*got);
  for (auto& t : threads) t.join();
  CHECK(std::all_of(taken.begin(), taken.end(), [](auto const& n) { return n == 1; }));
}

}  // namespace run_queue_test

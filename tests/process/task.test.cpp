#include "snow/process/task.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace task_test {

using support::expect;

namespace {

snow::task<int> ready(int x) {
  co_return x + 1;
}
// Not `depth == 0 ? 0 : ...`: GCC 12 runs a co_await in the branch of ?: that is not taken.
snow::task<int> deep(int depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await deep(depth - 1);
}
snow::task<> measured(int depth, std::uintptr_t& lowest) {
  lowest = std::min(lowest, reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
  if (depth > 0) co_await measured(depth - 1, lowest);
}
snow::actor chains(snow::context&) {
  int x = 0;
  for (int i = 0; i < 1'000'000; ++i) x = co_await ready(x);
  expect(x == 1'000'000);
  expect(co_await deep(1'000'000) == 1'000'000);
  auto const stack = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  auto lowest = stack;
  co_await measured(10'000, lowest);
  expect(stack - lowest < 4096);
}

snow::task<std::unique_ptr<int>> only_moves() {
  co_return std::make_unique<int>(3);
}
snow::task<std::string> throws(bool now) {
  if (now) throw std::runtime_error{"from inside"};
  co_return "not now";
}
snow::task<> nothing(int& ran) {
  ++ran;
  co_return;
}
snow::actor awaits(snow::context&) {
  expect(*co_await only_moves() == 3);
  bool caught = false;
  try {
    co_await throws(true);
  } catch (const std::runtime_error& e) {
    caught = std::string_view{e.what()} == "from inside";
  }
  expect(caught);
  expect(co_await throws(false) == "not now");
  int ran = 0;
  co_await nothing(ran);
  auto later = nothing(ran);
  expect(ran == 1);  // it is lazy
  co_await std::move(later);
  expect(ran == 2);
  { auto const never = nothing(ran); }
  expect(ran == 2);
}

}  // namespace

TEST_CASE("a million awaits of ready tasks, in a row and in one another, do not grow the stack") {
  support::run_actors<chains>();
}
TEST_CASE("a task runs when it is awaited and gives its value or its exception") {
  support::run_actors<awaits>();
}

}  // namespace task_test

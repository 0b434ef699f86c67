#include "snow/node/engine.hpp"

#include <sched.h>

#include <thread>

#include "support/catch.hpp"

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

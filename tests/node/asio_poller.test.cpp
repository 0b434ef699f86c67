#include "snow/node/asio_poller.hpp"

#include <asio/steady_timer.hpp>
#include <thread>

#include "support/catch.hpp"

namespace asio_poller_test {

using namespace std::chrono_literals;

TEST_CASE("a wait that only looks returns at once and handles what is ready") {
  snow::asio_poller p;
  bool ran = false;
  asio::post(p.io(), [&] { ran = true; });
  p.wait(snow::time_point::min());
  CHECK(ran);
  p.wait(snow::time_point::min());
}

TEST_CASE("a wake before a wait ends it, and many wakes end one") {
  snow::asio_poller p;
  for (int i = 0; i < 100; ++i) p.wake();
  p.wait(snow::time_point::max());
  auto const start = std::chrono::steady_clock::now();
  p.wait(start + 20ms);
  CHECK(std::chrono::steady_clock::now() - start >= 20ms);
}

TEST_CASE("a wake from another thread ends a wait without bound") {
  snow::asio_poller p;
  std::thread other{[&] { p.wake(); }};
  p.wait(snow::time_point::max());
  other.join();
}

TEST_CASE("what is ready ends a wait and is handled in it") {
  snow::asio_poller p;
  bool fired = false;
  asio::steady_timer t{p.io(), 1ms};
  t.async_wait([&](auto) { fired = true; });
  while (!fired) p.wait(snow::time_point::max());
}

}  // namespace asio_poller_test

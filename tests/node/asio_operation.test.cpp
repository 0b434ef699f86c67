#include "snow/node/asio_operation.hpp"

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "snow/node/node.hpp"
#include "support/catch.hpp"

namespace asio_operation_test {

using namespace std::chrono_literals;

namespace {

std::atomic<int> wrong = 0;
void expect(bool good) {
  if (!good) ++wrong;
}

asio::io_context& io_here() {
  return static_cast<snow::asio_poller&>(snow::worker::current()->sleeps_on()).io();
}

asio::awaitable<int> later(asio::io_context& io, int x) {
  asio::steady_timer timer{io, 1ms};
  co_await timer.async_wait(asio::use_awaitable);
  co_return x;
}
asio::awaitable<void> fails() {
  throw std::system_error{std::make_error_code(std::errc::broken_pipe)};
  co_return;
}

snow::actor awaits_asio(snow::context& self) {
  auto& io = io_here();
  expect(co_await self.asio(later(io, 7)) == 7);
  asio::steady_timer timer{io, 1ms};
  co_await self.asio([&](auto token) { return timer.async_wait(token); });
  bool thrown = false;
  try {
    co_await self.asio(fails());
  } catch (const std::system_error& e) {
    thrown = e.code() == std::errc::broken_pipe;
  }
  expect(thrown);
}

/// A connection to itself, on the worker that makes it.
struct loopback {
  explicit loopback(asio::io_context& io) : here{io}, there{io} {
    asio::ip::tcp::acceptor acceptor{io, {asio::ip::make_address("127.0.0.1"), 0}};
    here.connect(acceptor.local_endpoint());
    acceptor.accept(there);
  }
  asio::ip::tcp::socket here, there;
};

std::atomic<int> frames_gone = 0;
struct received {
  std::vector<char> bytes = std::vector<char>(1000);
  ~received() { ++frames_gone; }
};
snow::task<std::size_t> reads(snow::context& self, asio::ip::tcp::socket& from) {
  received into;
  co_return co_await self.asio(
      [&](auto token) { return from.async_read_some(asio::buffer(into.bytes), token); });
}
snow::actor reads_for_ever(snow::context& self) {
  loopback pair{io_here()};
  for (;;) co_await reads(self, pair.there);
}
snow::actor waits_for_ever(snow::context& self) {
  received keep;
  asio::steady_timer timer{io_here(), 1h};
  co_await self.asio([&](auto token) { return timer.async_wait(token); });
}
asio::awaitable<void> in_a_chain(asio::io_context& io, int depth, std::vector<char>& bytes) {
  received keep;
  if (depth > 0) {
    co_await in_a_chain(io, depth - 1, bytes);
  } else {
    asio::steady_timer timer{io, 1h};
    co_await timer.async_wait(asio::use_awaitable);
  }
  bytes[0] = 1;
}
snow::actor waits_in_a_chain(snow::context& self) {
  received keep;
  co_await self.asio(in_a_chain(io_here(), 3, keep.bytes));
}
snow::actor waits_briefly(snow::context& self, int us) {
  received keep;
  asio::steady_timer timer{io_here(), std::chrono::microseconds{us}};
  co_await self.asio([&](auto token) { return timer.async_wait(token); });
}

snow::actor kills_what_waits(snow::context& self) {
  auto const killed = [&](snow::monitored p) -> snow::task<> {
    co_await self.sleep_for(1ms);
    self.exit(p.pid, snow::kill);
    co_await self.receive([&](snow::down d) {
      expect(d.monitor == p.monitor);
      expect(d.reason == snow::errc::killed);
    });
    while (snow::environment::current().lingering != 0) co_await self.sleep_for(10us);
  };
  for (int i = 0; i < 10; ++i) {
    frames_gone = 0;
    co_await killed(self.spawn_monitor<reads_for_ever>());
    expect(frames_gone == 1);
    co_await killed(self.spawn_monitor<waits_for_ever>());
    expect(frames_gone == 2);
    co_await killed(self.spawn_monitor<waits_in_a_chain>());
    expect(frames_gone == 7);
  }
}
snow::actor kills_as_it_completes(snow::context& self) {
  for (int i = 0; i < 200; ++i) {
    auto const p = self.spawn_monitor<waits_briefly>(i % 40 * 5);
    co_await self.sleep_for(100us);
    self.exit(p.pid, snow::kill);
    co_await self.receive([&](snow::down d) { expect(d.monitor == p.monitor); });
  }
}

template <auto F>
void runs_well(std::size_t workers) {
  wrong = 0;
  snow::node node{{.workers = workers}};
  CHECK(node.run<F>() == 0);
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("an actor awaits an operation of Asio and gets its value or its failure") {
  runs_well<awaits_asio>(1);
  runs_well<awaits_asio>(2);
}
TEST_CASE("killing an actor cancels its operation of Asio; its frames last until that has completed",
          "[S-33]") {
  runs_well<kills_what_waits>(1);
  runs_well<kills_what_waits>(2);
}
TEST_CASE("a kill may race with the completion of an operation of Asio", "[S-33]") {
  runs_well<kills_as_it_completes>(1);
  runs_well<kills_as_it_completes>(2);
}
TEST_CASE("a node that stops cancels what its actors await", "[S-32][S-33]") {
  frames_gone = 0;
  {
    snow::node node;
    node.start();
    node.spawn<waits_for_ever>();
    node.spawn<waits_in_a_chain>();
    node.spawn<reads_for_ever>();
  }
  // Whichever had begun.
  CHECK(frames_gone <= 7);
}

}  // namespace asio_operation_test

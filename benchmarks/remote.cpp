// Between the actors of two processes, with the default options.
#include <atomic>
#include <deque>
#include <snow/actor.hpp>

#include "figures.hpp"
#include "two_processes.hpp"

using figures::check;
using figures::latencies;
using figures::stopwatch;
using namespace std::chrono_literals;

struct number {
  std::uint64_t value;
};
struct blob {
  snow::bytes bytes;
};
struct total {
  using reply_type = std::uint64_t;
};
struct twice {
  using reply_type = std::uint64_t;
  std::uint64_t value;
};

snow::actor server(snow::context& self) {
  std::uint64_t sum = 0;
  for (;;)
    co_await self.receive([&](number n) { sum += n.value; },              //
                          [&](const blob& b) { sum += b.bytes.size(); },  //
                          [&](total) { return sum; },                     //
                          [](twice q) { return 2 * q.value; });
}
SNOW_REGISTER(server);

std::atomic<std::uint64_t> sum_of_passers = 0;

snow::actor passer_by(snow::context&, std::uint64_t value) {
  sum_of_passers += value;
  co_return;
}
SNOW_REGISTER(passer_by);

std::uint64_t sum_of_those_who_passed() {
  return sum_of_passers;
}
SNOW_REGISTER(sum_of_those_who_passed);

constexpr std::uint64_t sum_to(std::uint64_t n) {
  return n * (n + 1) / 2;
}

constexpr std::size_t kibibyte = 1024;

// ---- one way

snow::actor one_way(snow::context& self, std::string there, std::uint64_t messages, double* figure) {
  auto peer = co_await self.node().connect(there);
  auto const to = co_await peer.spawn<server>();
  stopwatch const watch;
  for (std::uint64_t i = 1; i <= messages; ++i) co_await self.send<number>(to, i);
  auto const sum = co_await self.ask<total>(to).within(1min);
  *figure = watch.per_second(messages);
  check("the sum", sum, sum_to(messages));
}

snow::actor blobs(snow::context& self, std::string there, std::uint64_t messages, std::size_t size,
                  double* figure) {
  auto peer = co_await self.node().connect(there);
  auto const to = co_await peer.spawn<server>();
  auto const bytes = snow::bytes::copy_of(std::string(size, 'b'));
  stopwatch const watch;
  for (std::uint64_t i = 0; i < messages; ++i) co_await self.send<blob>(to, bytes);
  auto const sum = co_await self.ask<total>(to).within(1min);
  *figure = watch.per_second(messages * size) / 1e9;
  check("the bytes", sum, messages * size);
}

// ---- one at a time

snow::actor request(snow::context& self, std::string there, std::uint64_t requests, double* figure) {
  auto peer = co_await self.node().connect(there);
  auto const to = co_await peer.spawn<server>();
  std::uint64_t sum = 0;
  latencies all;
  for (std::uint64_t i = 1; i <= requests; ++i) {
    stopwatch const each;
    sum += co_await self.ask<twice>(to, i);
    all.add(each);
  }
  *figure = all.median_in_microseconds();
  check("the sum", sum, 2 * sum_to(requests));
}

snow::actor spawn(snow::context& self, std::string there, std::uint64_t spawns, double* figure) {
  auto peer = co_await self.node().connect(there);
  latencies all;
  for (std::uint64_t i = 1; i <= spawns; ++i) {
    stopwatch const each;
    co_await peer.spawn<passer_by>(i);
    all.add(each);
  }
  *figure = all.median_in_microseconds();
  check("the sum", co_await peer.call<sum_of_those_who_passed>(), sum_to(spawns));
}

// ---- 256 outstanding

struct part {
  std::uint64_t sum;
};

snow::actor asker(snow::context& self, snow::pid to, std::uint64_t first, std::uint64_t last) {
  std::uint64_t sum = 0;
  for (auto i = first; i <= last; ++i) sum += co_await self.ask<twice>(to, i);
  self.send<part>(self.parent(), sum);
}

snow::actor spawner(snow::context& self, snow::peer peer, std::uint64_t first, std::uint64_t last) {
  for (auto i = first; i <= last; ++i) co_await peer.spawn<passer_by>(i);
  self.send<part>(self.parent(), 0);
}

constexpr std::uint64_t outstanding = 256;

snow::actor requests(snow::context& self, std::vector<std::string> there, std::uint64_t each,
                     double* figure) {
  std::vector<snow::pid> servers;
  for (auto& name : there) {
    auto peer = co_await self.node().connect(name);
    servers.push_back(co_await peer.spawn<server>());
  }
  std::uint64_t sum = 0;
  stopwatch const watch;
  for (std::uint64_t i = 0; i < outstanding; ++i)
    self.spawn<asker>(servers[i % servers.size()], i * each + 1, (i + 1) * each);
  for (std::uint64_t i = 0; i < outstanding; ++i) co_await self.receive([&](part p) { sum += p.sum; });
  *figure = watch.per_second(outstanding * each);
  check("the sum", sum, 2 * sum_to(outstanding * each));
}

snow::actor spawns(snow::context& self, std::string there, std::uint64_t each, double* figure) {
  auto peer = co_await self.node().connect(there);
  stopwatch const watch;
  for (std::uint64_t i = 0; i < outstanding; ++i) self.spawn<spawner>(peer, i * each + 1, (i + 1) * each);
  for (std::uint64_t i = 0; i < outstanding; ++i) co_await self.receive([](part) {});
  *figure = watch.per_second(outstanding * each);
  check("the sum", co_await peer.call<sum_of_those_who_passed>(), sum_to(outstanding * each));
}

/// In front of its other arguments `F` is told of the other nodes, as `there` takes them from all their
/// names.
template <auto F, class There, class... Args>
double on_nodes(std::size_t others, There there, Args... args) {
  constexpr auto cookie = "only-for-benchmarks";
  std::vector<std::string> names;
  for (auto const port : figures::free_ports(1 + others))
    names.push_back(fmt::format("n@127.0.0.1:{}", port));
  auto const here = names.back();
  names.pop_back();
  std::deque<figures::other_process> serving;
  for (auto const& name : names)
    serving.emplace_back([&] {
      snow::node node{{.name = name, .cookie = cookie}};
      return node.serve();
    });
  double figure = 0;
  snow::node node{{.name = here, .cookie = cookie}};
  if (node.run<F>(there(names), args..., &figure) != 0) throw std::runtime_error{"no result"};
  return figure;
}

template <auto F, class... More>
double on_two_nodes(std::uint64_t count, More... more) {
  return on_nodes<F>(
      1, [](auto& names) { return names.front(); }, count, more...);
}

template <std::size_t Size>
double blobs_of(std::uint64_t count) {
  return on_two_nodes<blobs>(count, Size);
}

template <std::size_t Sessions>
double on_sessions(std::uint64_t count) {
  return on_nodes<requests>(
      Sessions, [](auto& names) { return names; }, count);
}

int main(int argc, char** argv) {
  return figures::run(argc, argv,
                      {{"remote-one-way", "messages/s", 2'000'000, on_two_nodes<one_way>},
                       {"remote-kibibytes", "GB/s", 500'000, blobs_of<kibibyte>},
                       {"remote-64-kibibytes", "GB/s", 20'000, blobs_of<64 * kibibyte>},
                       {"remote-mebibytes", "GB/s", 2'000, blobs_of<1024 * kibibyte>},
                       {"remote-16-mebibytes", "GB/s", 100, blobs_of<16 * 1024 * kibibyte>},
                       {"remote-request", "us", 20'000, on_two_nodes<request>},
                       {"remote-requests-256", "requests/s", 2'000, on_sessions<1>},
                       {"sessions-10", "requests/s", 1'000, on_sessions<10>},
                       {"sessions-100", "requests/s", 300, on_sessions<100>},
                       {"remote-spawn", "us", 20'000, on_two_nodes<spawn>},
                       {"remote-spawns-256", "spawns/s", 1'000, on_two_nodes<spawns>}});
}

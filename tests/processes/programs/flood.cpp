// Much data between nodes: `flood serve NAME`, or `flood HOW NAME PEER BYTES`. It is built as its users would
// build it, without sanitizers, so that what it takes of memory is what it takes.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <numeric>
#include <snow/actor.hpp>
#include <string>
#include <string_view>
#include <vector>

struct load {
  std::uint64_t number = 0;
  snow::bytes data;
};
/// What came so far.
struct tally {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;

  void add(const load& l) {
    std::uint64_t word = 0;
    for (std::size_t at = 0; at + sizeof word <= l.data.size(); at += sizeof word) {
      std::memcpy(&word, l.data.data() + at, sizeof word);
      checksum += word;
    }
    checksum = checksum * 31 + l.number;
    bytes += l.data.size();
    ++messages;
  }
  friend bool operator==(const tally&, const tally&) = default;
};
struct total {
  using reply_type = tally;
};

/// Takes everything, with a rest each few megabytes.
snow::actor sink(snow::context& self) {
  tally t;
  std::uint64_t rest_at = 0;
  for (;;) {
    co_await self.receive([&](load l) { t.add(l); }, [&](total) { return t; });
    if (t.bytes < rest_at) continue;
    rest_at = t.bytes + (std::uint64_t{4} << 20);
    co_await self.sleep_for(std::chrono::milliseconds{1});
  }
}
SNOW_REGISTER(sink);

/// How a sender treats its path.
enum class manner : std::uint8_t {
  awaits,   ///< each send
  pauses,   ///< now and then, for something else
  regards,  ///< nothing
};

/// Sends that many bytes and gives what it sent.
snow::task<tally> source(snow::context& self, snow::pid to, std::uint64_t bytes, manner how) {
  constexpr std::size_t longest = 200'000;
  std::vector<std::byte> pattern(longest);
  std::uint32_t seed = 1;
  for (auto& b : pattern) b = static_cast<std::byte>((seed = seed * 1'664'525 + 1'013'904'223) >> 24);
  auto const all = snow::bytes::copy_of(pattern);
  tally sent;
  while (sent.bytes < bytes) {
    load l{sent.messages, all.slice(0, 1 + sent.messages * 7919 % longest)};
    sent.add(l);
    if (how == manner::awaits) {
      co_await self.send(to, l);
    } else {
      self.send(to, l);
      if (how == manner::pauses && sent.messages % 16 == 0) co_await self.sleep_for(snow::duration{});
    }
  }
  co_return sent;
}
SNOW_REGISTER(source);

snow::task<bool> arrived(snow::context& self, snow::pid at, tally sent) {
  auto const there = co_await snow::as_result(self.ask<total>(at).within(std::chrono::minutes{1}));
  co_return there&&* there == sent;
}

snow::actor one_way(snow::context& self, std::string other, std::uint64_t bytes, manner how) {
  auto const peer = co_await self.node().connect(other);
  auto const there = co_await peer.spawn<sink>();
  auto const sent = co_await source(self, there, bytes, how);
  auto const all = co_await arrived(self, there, sent);
  fmt::print("{} messages, {}\n", sent.messages, all ? "all there" : "not all there");
  std::fflush(stdout);
  auto const until_told = [] { std::cin.get(); };
  co_await self.blocking(until_told);
}

snow::actor both_ways(snow::context& self, std::string other, std::uint64_t bytes, manner how) {
  auto const peer = co_await self.node().connect(other);
  auto const here = self.spawn<sink>();
  auto const there = co_await peer.spawn<sink>();
  auto const theirs = self.spawn_monitor<one_way>(other, bytes, how);
  auto const from_there = co_await peer.call<source>(here, bytes, how).within(std::chrono::minutes{1});
  (void)theirs;
  (void)there;
  auto const all = co_await arrived(self, here, from_there);
  fmt::print("{} messages back, {}\n", from_there.messages, all ? "all there" : "not all there");
  std::fflush(stdout);
  co_await self.receive([](snow::down) {});
}

int main(int argc, char** argv) {
  std::string const what = argv[1], name = argv[2];
  snow::node_options o{.name = name, .cookie = "a cookie of the tests", .workers = 2};
  o.limits.outbox = std::uint64_t{64} << 20;
  snow::node node{o};
  if (argc < 5) {
    fmt::print("ready\n");
    std::fflush(stdout);
    return node.serve();
  }
  std::string const other = argv[3];
  std::uint64_t const bytes = std::stoull(argv[4]);
  if (what == "awaiting") return node.run<one_way>(other, bytes, manner::awaits);
  if (what == "pausing") return node.run<one_way>(other, bytes, manner::pauses);
  if (what == "regardless") return node.run<one_way>(other, bytes, manner::regards);
  if (what == "both_ways") return node.run<both_ways>(other, bytes, manner::awaits);
  return 2;
}

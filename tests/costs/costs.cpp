// What `check` counts the instructions of: one kind of work, so many times, on simulated nodes, where it is
// the same work in every run.
#include <fmt/core.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "snow/testing.hpp"

namespace costs {

struct ball {
  snow::pid from;
  std::uint64_t left = 0;
};
struct number {
  std::uint64_t value = 0;
};
struct twice {
  using reply_type = std::uint64_t;
  std::uint64_t value = 0;
};
struct leave {};

snow::actor pong(snow::context& self) {
  for (;;) co_await self.receive([&](ball b) { self.send<ball>(b.from, self.id(), b.left - 1); });
}
snow::actor message(snow::context& self, std::uint64_t count, std::uint64_t* done) {
  auto const partner = self.spawn<pong>();
  std::uint64_t left = count;
  self.send<ball>(partner, self.id(), left);
  while (left > 1)
    co_await self.receive([&](ball b) {
      left = b.left;
      if (left > 1) self.send<ball>(b.from, self.id(), left - 1);
    });
  *done = count;
}

snow::actor doubler(snow::context& self) {
  for (;;) co_await self.receive([](twice q) { return 2 * q.value; });
}
SNOW_REGISTER(doubler);

snow::actor sums(snow::context& self, std::uint64_t count) {
  std::uint64_t sum = 0, seen = 0;
  while (seen < count) {
    co_await self.receive([&](number n) {
      sum += n.value;
      ++seen;
    });
  }
  self.send<number>(self.parent(), sum);
}
SNOW_REGISTER(sums);

snow::actor passes_by(snow::context&) {
  co_return;
}
SNOW_REGISTER(passes_by);

struct all_are_here {};
snow::actor idler(snow::context& self, std::uint64_t* missing) {
  if (--*missing == 0) self.send<all_are_here>(self.parent());
  co_await self.receive([](leave) {});
}

snow::actor request(snow::context& self, std::uint64_t count, std::uint64_t* done) {
  auto const server = self.spawn<doubler>();
  for (std::uint64_t i = 0; i < count; ++i)
    if (co_await self.ask<twice>(server, i) == 2 * i) ++*done;
}
snow::actor spawn(snow::context& self, std::uint64_t count, std::uint64_t* done) {
  for (; *done < count; ++*done) {
    self.spawn_monitor<passes_by>();
    co_await self.receive([&](snow::down) {});
  }
}
std::string_view sought = "costs::doubler";  // as it comes from elsewhere: no constant
snow::actor lookup(snow::context&, std::uint64_t count, std::uint64_t* done) {
  for (; *done < count; ++*done)
    if (!snow::find_function(sought)) throw std::runtime_error{"not found"};
  co_return;
}
std::uint64_t resident_bytes() {
  std::uint64_t pages = 0, resident = 0;
  std::ifstream{"/proc/self/statm"} >> pages >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}
/// Prints what that many take, beside what is counted.
snow::actor idle(snow::context& self, std::uint64_t count, std::uint64_t* done) {
  std::uint64_t missing = count;
  std::uint64_t const before = resident_bytes();
  for (; *done < count; ++*done) self.spawn<idler>(&missing);
  co_await self.receive([](all_are_here) {});
  fmt::print("{}\n", resident_bytes() - before);
}

snow::actor remote_message(snow::context& self, std::uint64_t count, std::uint64_t* done) {
  auto const peer = co_await self.node().connect("b@b:1");
  auto const there = co_await peer.spawn<sums>(count);
  for (std::uint64_t i = 1; i <= count; ++i) co_await self.send<number>(there, i);
  std::uint64_t sum = 0;
  co_await self.receive([&](number n) { sum = n.value; });
  if (sum == count * (count + 1) / 2) *done = count;
}
snow::actor remote_request(snow::context& self, std::uint64_t count, std::uint64_t* done) {
  auto const peer = co_await self.node().connect("b@b:1");
  auto const there = co_await peer.spawn<doubler>();
  for (std::uint64_t i = 0; i < count; ++i)
    if (co_await self.ask<twice>(there, i) == 2 * i) ++*done;
}
snow::actor remote_spawn(snow::context& self, std::uint64_t count, std::uint64_t* done) {
  auto const peer = co_await self.node().connect("b@b:1");
  for (; *done < count; ++*done) co_await peer.spawn<passes_by>();
}

template <auto F>
void work(std::uint64_t count) {
  snow::testing::simulation sim{{.seed = 1}};
  auto& a = sim.node("a");
  sim.node("b");
  std::uint64_t done = 0;
  auto const worker = a.spawn<F>(count, &done);
  sim.run_until([&] { return worker.has_ended(); });
  if (done != count) throw std::runtime_error{fmt::format("{} of {} were done", done, count)};
}

}  // namespace costs

int main(int argc, char** argv) {
  CLI::App cli{"Does one kind of work so many times"};
  std::map<std::string, void (*)(std::uint64_t)> const rows{
      {"message", costs::work<costs::message>},
      {"request", costs::work<costs::request>},
      {"spawn", costs::work<costs::spawn>},
      {"idle", costs::work<costs::idle>},
      {"lookup", costs::work<costs::lookup>},
      {"remote-message", costs::work<costs::remote_message>},
      {"remote-request", costs::work<costs::remote_request>},
      {"remote-spawn", costs::work<costs::remote_spawn>}};
  std::string row;
  std::uint64_t count = 1000;
  cli.add_option("row", row)->required()->check(CLI::IsMember(rows));
  cli.add_option("count", count);
  CLI11_PARSE(cli, argc, argv);
  ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);  // pages of 2 MiB would count whole
  rows.at(row)(count);
}

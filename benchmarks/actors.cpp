// What it costs to make an actor, and to keep one.
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <snow/actor.hpp>

#include "figures.hpp"
#include "on_workers.hpp"

using figures::check;
using figures::on_one_worker;
using figures::stopwatch;

struct all_have_passed {};

snow::actor passer_by(snow::context& self, std::atomic<std::uint64_t>* still_to_come) {
  if (--*still_to_come == 0) self.send<all_have_passed>(self.parent());
  co_return;
}

snow::actor spawn_to_exit(snow::context& self, std::uint64_t batches, double* figure) {
  constexpr std::uint64_t at_once = 1000;
  std::atomic<std::uint64_t> still_to_come = 0;
  std::uint64_t passed = 0;
  stopwatch const watch;
  for (std::uint64_t i = 0; i < batches; ++i) {
    still_to_come = at_once;
    for (std::uint64_t k = 0; k < at_once; ++k) self.spawn<passer_by>(&still_to_come);
    co_await self.receive([&](all_have_passed) { passed += at_once; });
  }
  *figure = watch.per_second(batches * at_once);
  check("actors", passed, batches * at_once);
}

std::uint64_t resident_bytes() {
  std::uint64_t pages = 0, resident = 0;
  std::ifstream{"/proc/self/statm"} >> pages >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

struct all_are_here {};
struct leave {};
struct left {};

snow::actor idler(snow::context& self, std::atomic<std::uint64_t>* missing) {
  if (--*missing == 0) self.send<all_are_here>(self.parent());
  co_await self.receive([&](leave) { self.send<left>(self.parent()); });
}

snow::actor idle(snow::context& self, std::uint64_t count, double* figure) {
  std::atomic<std::uint64_t> missing = count;
  std::vector<snow::pid> all(count);
  auto const before = resident_bytes();
  for (auto& one : all) one = self.spawn<idler>(&missing);
  co_await self.receive([](all_are_here) {});
  *figure = static_cast<double>(resident_bytes() - before) / static_cast<double>(count);
  std::uint64_t answers = 0;
  for (auto const& one : all) self.send<leave>(one);
  while (answers < count) co_await self.receive([&](left) { ++answers; });
  check("actors that were there", answers, all.size());
}

int main(int argc, char** argv) {
  return figures::run(argc, argv,
                      {{"spawn", "actors/s", 5'000, on_one_worker<spawn_to_exit>},
                       {"idle", "bytes", 100'000, on_one_worker<idle>},
                       {"idle-million", "bytes", 1'000'000, on_one_worker<idle>}});
}

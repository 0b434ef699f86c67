// What one step costs as what is there already grows.
#include <snow/actor.hpp>
#include <snow/cluster.hpp>

#include "figures.hpp"
#include "on_workers.hpp"

using figures::check;
using figures::on_one_worker;
using figures::stopwatch;
using namespace std::chrono_literals;

struct common {
  std::uint64_t number;
};
struct wanted {};
struct leave {};

double nanoseconds(const stopwatch& watch, std::uint64_t steps) {
  return 1e9 / watch.per_second(steps);
}

/// Taking one message out of a mailbox in which so many wait.
snow::actor backlog(snow::context& self, std::uint64_t count, double* figure) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 1; i <= count; ++i) self.send<common>(self.id(), i);
  stopwatch const watch;
  for (std::uint64_t i = 0; i < count; ++i) co_await self.receive([&](common c) { sum += c.number; });
  *figure = nanoseconds(watch, count);
  check("the sum", sum, count * (count + 1) / 2);
}

/// A receive whose message stands behind so many that it does not take, for each of them.
snow::actor skipped(snow::context& self, std::uint64_t count, double* figure) {
  constexpr std::uint64_t times = 10;
  for (std::uint64_t i = 0; i < count; ++i) self.send<common>(self.id(), i);
  std::uint64_t found = 0;
  // What has only arrived is looked at for the first time.
  self.send<wanted>(self.id());
  co_await self.receive([](wanted) {});
  stopwatch const watch;
  for (std::uint64_t i = 0; i < times; ++i) {
    self.send<wanted>(self.id());
    co_await self.receive([&](wanted) { ++found; });
  }
  *figure = nanoseconds(watch, times * count);
  check("what was found", found, times);
}

/// Sends one back.
snow::actor echo(snow::context& self) {
  for (;;) co_await self.receive([&](common c) { self.send<common>(self.parent(), c.number + 1); });
}
/// An answer that is waited for by a receive that goes through so many others, before it waits and not again:
/// the whole round trip.
snow::actor among(snow::context& self, std::uint64_t count, double* figure) {
  constexpr std::uint64_t times = 10;
  auto const other = self.spawn<echo>();
  for (std::uint64_t i = 0; i < count; ++i) self.send<wanted>(self.id());
  std::uint64_t left = times;
  stopwatch const watch;
  for (; left != 0; --left) {
    self.send<common>(other, left);
    co_await self.receive([](common) {});
  }
  *figure = nanoseconds(watch, times * std::max<std::uint64_t>(count, 1));
}

/// A timer, set and cancelled, among so many.
snow::actor timers(snow::context& self, std::uint64_t count, double* figure) {
  constexpr std::uint64_t times = 100'000;
  for (std::uint64_t i = 0; i < count; ++i) self.send_after<leave>(1h + 1ms * (i * 7919 % count), self.id());
  std::uint64_t cancelled = 0;
  stopwatch const watch;
  for (std::uint64_t i = 0; i < times; ++i) {
    auto t = self.send_after<leave>(1h + 1ms * (i * 104'729 % count), self.id());
    cancelled += t.cancel();
  }
  *figure = nanoseconds(watch, times);
  check("timers that were cancelled", cancelled, times);
  co_return;
}

snow::actor idler(snow::context& self) {
  co_await self.receive([](leave) {});
}

/// Monitoring so many actors, and their ends.
snow::actor watched(snow::context& self, std::uint64_t count, double* figure) {
  std::vector<snow::pid> all(count);
  for (auto& one : all) one = self.spawn<idler>();
  std::uint64_t down = 0;
  stopwatch const watch;
  for (auto const& one : all) self.monitor(one);
  for (auto const& one : all) self.send<leave>(one);
  while (down < count) co_await self.receive([&](snow::down) { ++down; });
  *figure = nanoseconds(watch, count);
}

snow::actor watcher(snow::context& self, snow::pid target, snow::pid told) {
  self.monitor(target);
  self.send<wanted>(told);
  co_await self.receive([&](snow::down) { self.send<wanted>(told); });
}
/// The end of an actor that so many monitor, for each.
snow::actor watchers(snow::context& self, std::uint64_t count, double* figure) {
  auto const target = self.spawn<idler>();
  for (std::uint64_t i = 0; i < count; ++i) self.spawn<watcher>(target, self.id());
  std::uint64_t ready = 0, told = 0;
  while (ready < count) co_await self.receive([&](wanted) { ++ready; });
  stopwatch const watch;
  self.send<leave>(target);
  while (told < count) co_await self.receive([&](wanted) { ++told; });
  *figure = nanoseconds(watch, count);
}

/// Spawning an actor with a link, one of so many, to its exit signal.
snow::actor linked(snow::context& self, std::uint64_t count, double* figure) {
  self.trap_exits(true);
  std::vector<snow::pid> all(count);
  std::uint64_t ended = 0;
  stopwatch const watch;
  for (auto& one : all) one = self.spawn_link<idler>();
  for (auto const& one : all) self.send<leave>(one);
  while (ended < count) co_await self.receive([&](const snow::exit_signal&) { ++ended; });
  *figure = nanoseconds(watch, count);
}

struct started {
  snow::pid child;
};
snow::actor child(snow::context& self, snow::pid told) {
  self.send<started>(told, self.id());
  co_await self.receive([](leave) {});
}
/// The restart of one of so many children of a supervisor.
snow::actor restarts(snow::context& self, std::uint64_t count, double* figure) {
  constexpr std::uint64_t times = 1'000;
  snow::supervision what{.intensity = 1'000'000'000};
  for (std::uint64_t i = 0; i < count; ++i)
    what.children.push_back({.id = std::to_string(i), .start = snow::start<child>(self.id())});
  auto const supervisor = self.spawn_link<snow::supervisor>(what);
  std::vector<snow::pid> all;
  while (all.size() < count) co_await self.receive([&](started s) { all.push_back(s.child); });
  stopwatch const watch;
  for (std::uint64_t i = 0; i < times; ++i) {
    snow::pid& one = all[i * count / times];
    self.exit(one, snow::kill);
    co_await self.receive([&](started s) { one = s.child; });
  }
  *figure = nanoseconds(watch, times);
  auto counting = self.ask<snow::count_children>(supervisor);
  auto const counted = co_await std::move(counting);
  check("children that run", counted.active, count);
}

int main(int argc, char** argv) {
  std::vector<figures::row> rows;
  auto const add = [&](const std::string& name, auto figure, std::initializer_list<std::uint64_t> sizes) {
    for (auto const n : sizes) rows.push_back({name + "-" + std::to_string(n), "ns", n, figure});
  };
  add("backlog", on_one_worker<backlog>, {1'000, 100'000, 1'000'000});
  add("skipped", on_one_worker<skipped>, {1'000, 100'000, 1'000'000});
  add("among", on_one_worker<among>, {1'000, 100'000, 1'000'000});
  add("timers", on_one_worker<timers>, {1'000, 100'000, 1'000'000});
  add("watched", on_one_worker<watched>, {1'000, 100'000});
  add("watchers", on_one_worker<watchers>, {1'000, 100'000});
  add("linked", on_one_worker<linked>, {1'000, 100'000, 1'000'000});
  add("restarts", on_one_worker<restarts>, {1'000, 100'000});
  return figures::run(argc, argv, rows);
}

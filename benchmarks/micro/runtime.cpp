// What a message stands on: its memory, its way through a mailbox, its deadline.
#include <benchmark/benchmark.h>

#include <snow/runtime/mailbox.hpp>
#include <snow/runtime/pool.hpp>
#include <snow/runtime/timers.hpp>
#include <vector>

static void pool(benchmark::State& state) {
  snow::pool memory;
  auto* const before = snow::pool::exchange_current(&memory);
  auto const size = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    void* const block = memory.allocate(size);
    benchmark::DoNotOptimize(block);
    snow::pool::deallocate(block, size);
  }
  snow::pool::exchange_current(before);
}
BENCHMARK(pool)->Arg(48)->Arg(400)->Arg(4096);

static void operator_new(benchmark::State& state) {
  auto const size = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    void* const block = ::operator new(size);
    benchmark::DoNotOptimize(block);
    ::operator delete(block);
  }
}
BENCHMARK(operator_new)->Arg(48)->Arg(400)->Arg(4096);

/// A message: pushed, and taken together with those that came before the receiver looked.
static void mailbox(benchmark::State& state) {
  snow::mailbox box;
  box.open();
  std::vector<snow::envelope> all(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    for (auto& e : all) box.push(e);
    benchmark::DoNotOptimize(box.take());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(mailbox)->Arg(1)->Arg(100);

/// So many timers, each later than the one before.
struct waiting {
  explicit waiting(std::int64_t count) : others(static_cast<std::size_t>(count)) {
    for (auto& t : others) arm_last(t);
  }
  void arm_last(snow::timer& t) {
    t.deadline = latest += std::chrono::microseconds{1};
    all.arm(t);
  }
  std::vector<snow::timer> others;
  snow::timers all;
  snow::time_point latest{};
};

/// A deadline that is not reached.
static void arm_and_cancel(benchmark::State& state) {
  waiting w{state.range(0)};
  snow::timer ours;
  for (auto _ : state) {
    w.arm_last(ours);
    w.all.remove(ours);
  }
}
BENCHMARK(arm_and_cancel)->Arg(10)->Arg(1'000)->Arg(100'000);

static void fire_and_arm(benchmark::State& state) {
  waiting w{state.range(0)};
  for (auto _ : state) w.arm_last(*w.all.due(w.latest));
}
BENCHMARK(fire_and_arm)->Arg(10)->Arg(1'000)->Arg(100'000);

BENCHMARK_MAIN();

// Small messages, where a field costs more than its bytes.
#include <benchmark/benchmark.h>

#include <snow/codec.hpp>
#include <string>
#include <vector>

struct number {
  std::uint64_t value = 0;
};

struct order {
  std::uint32_t id = 0;
  std::int64_t cents = 0;
  std::string customer;
  std::vector<std::uint32_t> items;
};

template <class T>
static void encode(benchmark::State& state, const T& value) {
  snow::byte_buffer buffer;
  for (auto _ : state) {
    buffer.clear();
    snow::writer w{buffer};
    snow::encode(w, value);
    benchmark::DoNotOptimize(buffer.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(buffer.size()));
}

template <class T>
static void decode(benchmark::State& state, const T& value) {
  auto const encoded = snow::encode(value);
  for (auto _ : state) {
    auto read = snow::decode<T>(encoded.span());
    benchmark::DoNotOptimize(read);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(encoded.size()));
}

static const order an_order{7, 12'99, "somebody", {1, 2, 3, 4}};
static const std::string text(1000, 't');
BENCHMARK_CAPTURE(encode, number, number{1'000'000});
BENCHMARK_CAPTURE(decode, number, number{1'000'000});
BENCHMARK_CAPTURE(encode, order, an_order);
BENCHMARK_CAPTURE(decode, order, an_order);
BENCHMARK_CAPTURE(encode, text_of_1000, text);
BENCHMARK_CAPTURE(decode, text_of_1000, text);

BENCHMARK_MAIN();

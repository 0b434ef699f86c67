// Looks functions up by name, among 10 to 100,000 of them, by one and by two readers, beside a writer that
// brings a plugin's functions and takes them back without a pause. Each look-up waits for the one before it.
#include <snow/registry.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using snow::detail::function_constants;
using snow::detail::function_table;
using snow::detail::loaded_module;

static const void* no_address() {
  static const char here = 0;
  return &here;
}
static std::string signature() {
  return "(u64)->u64";
}
static constexpr function_constants constants{nullptr, &no_address, &signature, 1, 2};

static void add(function_table& table, loaded_module& m, std::string_view name, std::size_t line) {
  if (!table.add(m, name, snow::function_kind::plain, "registry.cpp", static_cast<std::uint32_t>(line),
                 constants))
    std::abort();
}

/// Nanoseconds a look-up; negative if one found another function than it was asked for.
static double look_up(const function_table& table, const std::vector<std::string_view>& names,
                      std::size_t times) {
  std::size_t const step = 7919 % names.size();
  std::size_t wrong = 0, next = 0;
  auto const begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < times; ++i) {
    auto const* const found = table.find(names[next]);
    wrong += !found || found->line != next;
    next = (found ? found->line : 0) + step;  // known when the record is
    if (next >= names.size()) next -= names.size();
  }
  std::chrono::duration<double, std::nano> const taken = std::chrono::steady_clock::now() - begin;
  return wrong == 0 ? taken.count() / static_cast<double>(times) : -1;
}

static double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

/// Of all rounds of all readers.
static double measure(const function_table& table, const std::vector<std::string_view>& names,
                      unsigned readers) {
  constexpr int rounds = 7;
  std::vector<std::vector<double>> taken(readers);
  std::vector<std::thread> threads;
  for (auto& mine : taken)
    threads.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) mine.push_back(look_up(table, names, 500'000));
    });
  std::vector<double> all;
  for (unsigned i = 0; i < readers; ++i) {
    threads[i].join();
    all.insert(all.end(), taken[i].begin(), taken[i].end());
  }
  if (*std::min_element(all.begin(), all.end()) < 0)
    std::puts("registry: a look-up found another function"), std::exit(EXIT_FAILURE);
  return median(all);
}

int main() {
  static std::deque<function_table> tables;  // as the one of the process: never destroyed before its readers
  std::puts("look-up by name, ns     1 reader   2 readers   1 reader and a writer");
  for (std::size_t const n : {10u, 1'000u, 10'000u, 100'000u}) {
    auto& table = tables.emplace_back();
    loaded_module program, plugin;
    program.id = 1;
    plugin.id = 2;
    plugin.path = "plugin";
    std::string texts;  // side by side, as a program's literals are
    std::vector<std::string_view> names;
    texts.reserve(40 * n);
    for (std::size_t i = 0; i < n; ++i) {
      std::size_t const begin = texts.size();
      texts.append("shop::department::function_").append(std::to_string(i)).push_back('\0');
      names.emplace_back(texts.data() + begin, texts.size() - begin - 1);
      add(table, program, names.back(), i);
    }
    double const one = measure(table, names, 1), two = measure(table, names, 2);

    std::atomic<bool> over = false;
    std::thread writer{[&] {
      while (!over) {
        for (std::size_t i = 0; i < 100; ++i) add(table, plugin, "plugin::function_" + std::to_string(i), i);
        table.take_back(plugin);
      }
    }};
    double const beside = measure(table, names, 1);
    over = true;
    writer.join();
    std::printf("%8zu functions %13.1f %11.1f %15.1f\n", n, one, two, beside);
  }
}

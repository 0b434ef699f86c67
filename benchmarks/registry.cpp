// Looks functions up by name, among 10 to 100,000 of them, by one and by two readers, and beside a writer
// that brings a plugin's functions and takes them back without a pause. Each look-up waits for the one before
// it.
#include <snow/registry.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <deque>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "figures.hpp"

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

/// Nanoseconds a look-up.
static double look_up(const function_table& table, const std::vector<std::string_view>& names,
                      std::uint64_t times) {
  std::size_t const step = 7919 % names.size();
  std::size_t wrong = 0, next = 0;
  figures::stopwatch const watch;
  for (std::uint64_t i = 0; i < times; ++i) {
    auto const* const found = table.find(names[next]);
    wrong += !found || found->line != next;
    next = (found ? found->line : 0) + step;  // known when the record is
    if (next >= names.size()) next -= names.size();
  }
  double const taken = 1e9 / watch.per_second(times);
  figures::check("look-ups that found another function", wrong, 0);
  return taken;
}

/// The slowest reader's. The first round, of a table that is not in any cache, does not count.
static double measure(std::size_t functions, unsigned readers, bool beside_a_writer, std::uint64_t times) {
  static std::deque<function_table> tables;  // as the one of the process: never destroyed before its readers
  auto& table = tables.emplace_back();
  loaded_module program, plugin;
  program.id = 1;
  plugin.id = 2;
  plugin.path = "plugin";
  std::string texts;  // side by side, as a program's literals are
  std::vector<std::string_view> names;
  texts.reserve(40 * functions);
  for (std::size_t i = 0; i < functions; ++i) {
    std::size_t const begin = texts.size();
    texts.append("shop::department::function_").append(std::to_string(i)).push_back('\0');
    names.emplace_back(texts.data() + begin, texts.size() - begin - 1);
    add(table, program, names.back(), i);
  }

  std::atomic<bool> over = false;
  std::thread writer;
  if (beside_a_writer)
    writer = std::thread{[&] {
      while (!over) {
        for (std::size_t i = 0; i < 100; ++i) add(table, plugin, "plugin::function_" + std::to_string(i), i);
        table.take_back(plugin);
      }
    }};
  std::vector<std::future<double>> all;
  for (unsigned i = 0; i < readers; ++i)
    all.push_back(std::async(std::launch::async, [&] {
      look_up(table, names, times / 4);
      return look_up(table, names, times);
    }));
  for (auto& each : all) each.wait();
  over = true;
  if (writer.joinable()) writer.join();
  double slowest = 0;
  for (auto& each : all) slowest = std::max(slowest, each.get());
  return slowest;
}

int main(int argc, char** argv) {
  auto const row = [](std::string work, std::size_t functions, unsigned readers, bool beside_a_writer) {
    return figures::row{std::move(work), "ns", 1'000'000, [=](std::uint64_t times) {
                          return measure(functions, readers, beside_a_writer, times);
                        }};
  };
  return figures::run(argc, argv,
                      {row("registry-10", 10, 1, false), row("registry", 10'000, 1, false),
                       row("registry-readers", 10'000, 2, false), row("registry-writer", 10'000, 1, true),
                       row("registry-100000", 100'000, 1, false)});
}

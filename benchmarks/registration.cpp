// What 10,000 registrations cost before main, and in memory.
#include <malloc.h>

#include <chrono>

#include <snow/process.hpp>

#include "figures.hpp"
#include "registration/functions.hpp"

namespace {

struct reading {
  std::chrono::steady_clock::time_point when = std::chrono::steady_clock::now();
  std::size_t heap = [] {
    auto const m = mallinfo2();
    return m.uordblks + m.hblkhd;
  }();
};

// Before all other initialisers of the program.
[[gnu::init_priority(101)]] reading before;

}  // namespace

int main(int argc, char** argv) {
  reading const after;
  constexpr std::size_t expected = parts * functions_of_a_part;
  auto const checked = [&](double figure) {
    std::size_t found = 0;
    for (auto const& f : snow::functions())
      found += f.registrations == 1 && snow::find_function(f.name).signature() == "(i32)->i32";
    figures::check("functions", found, expected);
    figures::check("conflicts", snow::registry_conflicts().size(), 0);
    return figure;
  };
  std::chrono::duration<double, std::milli> const taken = after.when - before.when;
  double const heap = static_cast<double>(after.heap - before.heap) / static_cast<double>(expected);
  return figures::run(argc, argv,
                      {{"registration", "ms", expected, [&](auto) { return checked(taken.count()); }},
                       {"registration-heap", "bytes", expected, [&](auto) { return checked(heap); }}});
}

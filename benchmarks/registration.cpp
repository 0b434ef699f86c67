// What 10,000 registrations cost before main, and in memory. Run it several times: each run is one
// measurement.
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <snow/process.hpp>

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

int main() {
  reading const after;
  constexpr std::size_t expected = parts * functions_of_a_part;
  std::size_t found = 0;
  for (auto const& f : snow::functions())
    found += f.registrations == 1 && snow::find_function(f.name).signature() == "(i32)->i32";
  if (found != expected || !snow::registry_conflicts().empty())
    return std::printf("registration: %zu functions instead of %zu\n", found, expected), EXIT_FAILURE;

  std::chrono::duration<double, std::milli> const taken = after.when - before.when;
  std::printf("%zu registrations before main: %.2f ms, %.0f bytes of heap each\n", expected, taken.count(),
              static_cast<double>(after.heap - before.heap) / static_cast<double>(expected));
}

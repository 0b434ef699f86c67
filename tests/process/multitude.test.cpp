#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace multitude_test {

using support::expect;

namespace {

struct go {};

#if defined(__SANITIZE_THREAD__)
constexpr int multitude = 100'000;  // its shadow memory would take gigabytes
#else
constexpr int multitude = 1'000'000;
#endif

std::size_t resident() {
  std::ifstream statm{"/proc/self/statm"};
  std::size_t all = 0, pages = 0;
  statm >> all >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t bytes_each = 0;

snow::actor idles(snow::context& self, int* woken) {
  co_await self.receive([](go) {});
  ++*woken;
}
snow::actor spawns_a_multitude(snow::context& self) {
  int woken = 0;
  std::vector<snow::pid> all;
  all.reserve(multitude);
  std::size_t const before = resident();
  for (int i = 0; i < multitude; ++i) {
    all.push_back(self.spawn<idles>(&woken));
    if (i % 1000 == 0) co_await self.receive([](go) {}, snow::after(snow::duration{}, [] {}));
  }
  co_await self.receive([](go) {}, snow::after(std::chrono::milliseconds{1}, [] {}));
  bytes_each = (resident() - before - all.size() * sizeof(snow::pid)) / all.size();
  expect(snow::environment::current().living == multitude + 2);
  for (auto const& p : all) self.send<go>(p);
  while (woken < multitude) co_await self.receive([](go) {}, snow::after(snow::duration{}, [] {}));
  expect(woken == multitude);
}

}  // namespace

TEST_CASE("a million actors live at once, and each is woken") {
  support::run_actors<spawns_a_multitude>();
  WARN(multitude << " actors took " << bytes_each << " resident bytes each");
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_THREAD__)
  if (!SNOW_ASAN) CHECK(bytes_each <= 512);
#endif
}

}  // namespace multitude_test

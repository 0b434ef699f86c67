#include "snow/node/tokens.hpp"

#include <set>

#include "snow/node/asio_poller.hpp"
#include "snow/process.hpp"
#include "snow/session.hpp"
#include "support/catch.hpp"

namespace tokens_test {

namespace {

struct counting : snow::random {
  std::uint64_t last = 0;
  int draws = 0;
  void fill(std::span<std::byte> out) override {
    ++draws;
    for (std::size_t i = 0; i + 8 <= out.size(); i += 8, ++last) std::memcpy(out.data() + i, &last, 8);
  }
};

/// Calls `f` on each of the workers in turn.
template <class F>
void on_each(snow::environment& env, F f) {
  for (std::size_t i = 0; i < env.size(); ++i) {
    snow::run_on(env.at(i), f);
    env.at(i).turn(false);
  }
}

}  // namespace

TEST_CASE("tokens come from the random source many at a time, and none is 0 or given twice") {
  snow::steady_clock clock;
  snow::environment env{clock};
  snow::asio_poller one, two;
  env.add(one);
  env.add(two);
  counting source;
  snow::tokens tokens{env.size(), source};
  std::set<std::uint64_t> all;
  on_each(env, [&] {
    for (int i = 0; i < 1000; ++i) all.insert(tokens.next());
  });
  CHECK(all.size() == 2000);
  CHECK_FALSE(all.contains(0));
  CHECK(source.draws < 40);
}

}  // namespace tokens_test

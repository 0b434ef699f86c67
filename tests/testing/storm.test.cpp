#include <string>
#include <vector>

#include "snow/testing.hpp"
#include "support/catch.hpp"

namespace storm_test {

namespace {

using namespace std::chrono_literals;
using snow::testing::fault;

}  // namespace

TEST_CASE("a storm tells of faults that a test has of its own, in their order among the others") {
  snow::testing::simulation sim;
  sim.node("a");
  sim.node("b");
  std::vector<std::string> happened;
  auto const now = [&] { return std::to_string(sim.now() / 1ms); };
  snow::testing::storm storm{
      sim,
      {{.what = fault::kind::own, .at = 20ms, .lasts = 5s, .a = "a", .called = "rain"},
       {.what = fault::kind::crash, .at = 10ms, .lasts = 20ms, .a = "b"},
       {.what = fault::kind::own, .at = 15ms, .lasts = 10ms, .a = "a", .b = "b", .called = "fog"}},
      [&](const fault& f, bool begins) {
        happened.push_back(now() + (begins ? " + " : " - ") + std::string{f.called});
      }};
  storm.run(1s, [&](const std::string& id) { happened.push_back(now() + " " + id); });
  CHECK(happened == std::vector<std::string>{"15 + fog", "20 + rain", "25 - fog", "30 b", "1000 - rain"});
}

TEST_CASE("a fault of a test's own needs who carries it out, and says so") {
  snow::testing::simulation sim{{.seed = 1}};
  std::vector<snow::testing::fault> const own{
      {.what = snow::testing::fault::kind::own, .at = {}, .lasts = {}, .a = "a"}};
  try {
    snow::testing::storm{sim, own};
    FAIL("it was taken");
  } catch (const snow::error& e) {
    CHECK(e == snow::errc::bad_arguments);
    CHECK(e.details().find("third argument") != std::string::npos);
  }
}

TEST_CASE("a storm waits for a node that stops before it starts it again, at its end too") {
  for (auto const lasts : {10ms, 900ms}) {
    snow::testing::simulation sim;
    sim.node("a");
    std::vector<std::string> restarted;
    snow::testing::storm storm{sim,
                               {{.what = fault::kind::stop, .at = 100ms, .lasts = lasts, .a = "a"},
                                {.what = fault::kind::pause, .at = 90ms, .lasts = 800ms, .a = "a"}}};
    storm.run(1s, [&](const std::string& id) {
      CHECK(sim.now() >= 890ms);
      restarted.push_back(id);
    });
    CHECK(restarted == std::vector<std::string>{"a"});
    CHECK(sim.node("a").is_running());
    CHECK(!sim.node("a").is_stopping());
  }
}

TEST_CASE("a fault is told by its name, and one of a test's own by what the test calls it") {
  CHECK(fault{.what = fault::kind::stop, .at = 5ms, .lasts = 7ms, .a = "a"}.to_string() ==
        "5 ms: stop a for 7 ms");
  CHECK(fault{.what = fault::kind::own, .at = 5ms, .lasts = 7ms, .a = "a", .b = "b", .called = "fog"}
            .to_string() == "5 ms: fog a b for 7 ms");
}

}  // namespace storm_test

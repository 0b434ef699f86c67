#include "machines/machines.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "support/catch.hpp"

// Two machines with the kernel's own TCP between them, a cable that is pulled out, packets that are dropped,
// and machines that die, stand still, and start again and again.

namespace {

using namespace std::chrono_literals;
using support::two_machines;

/// Silence for three heartbeats is an end: 0.6 s, and what a busy machine adds. By the usual limits it were
/// 15 s.
const std::vector<std::string> fast{"heartbeat=200", "handshake=500", "workers=1"};
constexpr auto soon = 8s;

/// "ann" of one machine watches "bob" of the other, and two actors of his, with one of which she is linked:
/// "tied" ends with her, "it" does not. Another one talks to her all the time.
struct cluster {
  two_machines machines;
  support::member ann, bob;

  explicit cluster(const std::vector<std::string>& options = fast)
      : ann{machines.start(two_machines::a, "ann", options)},
        bob{machines.start(two_machines::b, "bob", options)} {
    tell({"watch " + bob.name, "connect " + bob.name});
    CHECK(ann.event() == "up " + bob.name);
    REQUIRE(bob.answer("connect " + ann.name) == "ok");
    REQUIRE(bob.answer("watch " + ann.name) == "ok");
    settle();
  }

  /// Each is to succeed.
  void tell(const std::vector<std::string>& commands) {
    for (auto const& one : commands) ann.ask(one);
    for (auto const& one : commands) REQUIRE(ann.answer_to(one) == "ok");
  }
  /// With a new bob.
  void settle() {
    tell({"spawn it counter " + bob.name, "talk " + bob.name, "spawn tied counter " + bob.name, "link tied"});
  }
  /// The link, the monitors, then the node: each once, and soon. Nothing else was told before.
  void check_that_she_loses_him() {
    auto const begun = std::chrono::steady_clock::now();
    std::vector<std::string> ends{ann.event(), ann.event(), ann.event()};
    std::sort(ends.begin(), ends.end());
    CHECK(ends == std::vector<std::string>{"end it no_connection", "end tied no_connection",
                                           "exit tied no_connection"});
    CHECK(ann.event() == "down " + bob.name + " no_connection");
    CHECK(std::chrono::steady_clock::now() - begun < soon);
  }
  void check_that_he_loses_her() { CHECK(bob.event() == "down " + ann.name + " no_connection"); }
  /// By their own doing; who asked for it meanwhile is served sooner.
  void check_that_they_meet_again() {
    tell({"connect " + bob.name});
    CHECK(ann.event() == "up " + bob.name);
  }
  /// What is asked is answered by those who are there still, and what is said arrives, of the new connection
  /// only.
  void check_that_all_is_well(int next_answer) {
    CHECK(ann.answer("ask it") == std::to_string(next_answer));
    auto const before = ann.answer("ticks");
    auto const begun = std::chrono::steady_clock::now();
    while (ann.answer("ticks") == before) REQUIRE(std::chrono::steady_clock::now() - begun < soon);
    CHECK(ann.told().empty());
    CHECK(bob.told().empty());
  }
};

bool there_are_machines() {
  static const auto why = two_machines::missing();
  if (why) std::cout << "skipped: " << *why << "\n";
  return !why;
}

/// What a process has open, and how many threads.
struct usage {
  std::ptrdiff_t descriptors = 0, threads = 0;
};
usage usage_of(const support::process& p) {
  auto const entries = [&](const char* of) {
    std::filesystem::directory_iterator const all{"/proc/" + std::to_string(p.id()) + of};
    return std::distance(begin(all), end(all));
  };
  return {entries("/fd"), entries("/task")};
}

}  // namespace

TEST_CASE("a partition is told to both sides, and mends itself [S-22][S-25][S-71]", "[processes]") {
  if (!there_are_machines()) return;
  cluster c;
  int answers = 100;
  for (bool const cable : {true, false}) {
    INFO((cable ? "the cable" : "all packets"));
    if (cable)
      c.machines.unplug(two_machines::b);
    else
      c.machines.mute_and_deafen(two_machines::a);
    c.check_that_she_loses_him();
    c.check_that_he_loses_her();
    c.machines.heal();
    c.check_that_they_meet_again();
    CHECK(c.bob.event() == "up " + c.ann.name);
    CHECK(c.ann.answer("ask tied") == "no_process");
    c.check_that_all_is_well(++answers);
    c.tell({"monitor it", "spawn tied counter " + c.bob.name, "link tied"});
  }
}

TEST_CASE("who is not heard any more is lost to both sides, whichever of them hears [S-25][S-29][S-71]",
          "[processes]") {
  if (!there_are_machines()) return;
  for (auto const muted : {two_machines::a, two_machines::b}) {
    INFO((muted == two_machines::a ? "she is not heard" : "he is not heard"));
    cluster c;
    c.machines.mute(muted);
    c.check_that_she_loses_him();
    c.check_that_he_loses_her();
    c.tell({"patience 1000"});
    CHECK(c.ann.answer("connect " + c.bob.name) == "timed_out");
    c.tell({"patience 20000"});
    c.machines.heal();
    c.check_that_they_meet_again();
    CHECK(c.bob.event() == "up " + c.ann.name);
    c.check_that_all_is_well(101);
  }
}

TEST_CASE(
    "a machine that dies is lost, whether or not its kernel says so, and is another one then [S-6][S-30]",
    "[processes]") {
  if (!there_are_machines()) return;
  cluster c;
  for (bool const power : {false, true}) {
    INFO((power ? "the power" : "the process"));
    if (power) c.machines.unplug(two_machines::b);
    c.bob.process.signal(SIGKILL);
    c.check_that_she_loses_him();
    c.machines.heal();
    c.machines.restart(two_machines::b, c.bob);
    c.check_that_they_meet_again();
    CHECK(c.ann.answer("ask it") == "no_connection");
    c.settle();
    c.check_that_all_is_well(101);
  }
}

TEST_CASE("a machine that stands still for too long is lost, and found again when it goes on [S-25][S-71]",
          "[processes]") {
  if (!there_are_machines()) return;
  cluster c;
  c.bob.process.stop();
  c.check_that_she_loses_him();
  c.bob.process.resume();
  c.check_that_he_loses_her();
  c.check_that_they_meet_again();
  CHECK(c.bob.event() == "up " + c.ann.name);
  c.check_that_all_is_well(101);
}

TEST_CASE(
    "a peer that starts again 200 times is told of each time, and leaves nothing behind [S-4][S-30][S-71]",
    "[processes]") {
  if (!there_are_machines()) return;
  cluster c{{"workers=1"}};
  usage first;
  std::string held;
  for (int i = 1; i <= 200; ++i) {
    INFO("restart " << i);
    c.machines.restart(two_machines::b, c.bob);
    c.check_that_she_loses_him();
    c.bob.ask("connect " + c.ann.name);  // she would dial him, too, but wait for a moment first
    CHECK(c.ann.event() == "up " + c.bob.name);
    c.settle();
    REQUIRE(c.ann.told().empty());
    if (i == 10) {
      first = usage_of(c.ann.process);
      held = c.ann.answer("held");
    }
  }
  // A connection of hers that came second may be on its way out.
  auto last = usage_of(c.ann.process);
  for (auto const begun = std::chrono::steady_clock::now(); last.descriptors > first.descriptors;) {
    REQUIRE(std::chrono::steady_clock::now() - begun < soon);
    last = usage_of(c.ann.process);
  }
  INFO(first.threads << " threads, then " << last.threads);
  CHECK(last.threads <= first.threads + 3);  // of the pool behind `blocking`, which comes and goes
  CHECK(c.ann.answer("held") == held);
  CHECK_THAT(held, Catch::EndsWith("1 sessions"));
  c.check_that_all_is_well(101);
}

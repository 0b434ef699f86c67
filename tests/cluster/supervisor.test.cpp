#include "snow/cluster/supervisor.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "snow/actor.hpp"
#include "snow/cluster.hpp"
#include "snow/cluster/supervisor_plan.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

// Supervisors on simulated nodes. All actors of a test run in its thread.

using namespace std::chrono_literals;
using snow::child_outcome;
using snow::errc;

namespace supervised {

struct life {
  snow::pid pid;
  std::string node;
  std::uint64_t epoch = 0;
  snow::duration from{}, to{-1};
  bool alive() const { return to < snow::duration{}; }
};
/// What the actors of a test have seen.
struct story {
  std::string history;                             ///< `+a` it began, `-a` it ended
  std::map<std::string, std::vector<life>> lives;  ///< by the names of children
  std::function<snow::duration()> now = [] { return snow::duration{}; };
  std::string take() { return std::exchange(history, ""); }
  life& last(const std::string& name) { return lives[name].back(); }
  std::size_t living(const std::string& name) {
    std::size_t n = 0;
    for (auto const& l : lives[name]) n += l.alive();
    return n;
  }
};
story told;

/// Notes its life.
class note {
 public:
  note(snow::context& self, const std::string& name, std::uint64_t epoch = 0)
      : name_{name}, number_{told.lives[name].size()} {
    told.lives[name].push_back({self.id(), self.node().name(), epoch, told.now()});
    told.history += "+" + name + " ";
  }
  note(const note&) = delete;
  ~note() {
    told.history += "-" + name_ + " ";
    told.lives[name_][number_].to = told.now();
  }

 private:
  std::string name_;
  std::size_t number_;
};

struct fail {};
struct leave {};

snow::actor worker(snow::context& self, std::string name) {
  note const life{self, name};
  for (bool more = true; more;)
    co_await self.receive([](fail) { throw std::runtime_error{"enough"}; }, [&](leave) { more = false; });
}
/// Takes no notice of `shutdown`.
snow::actor stubborn(snow::context& self, std::string name) {
  note const life{self, name};
  self.trap_exits(true);
  for (;;) co_await self.receive([](snow::exit_signal) {});
}
/// Takes its time after `shutdown`.
snow::actor slow(snow::context& self, std::string name, snow::duration takes) {
  note const life{self, name};
  self.trap_exits(true);
  co_await self.receive([](snow::exit_signal) {});
  co_await self.sleep_for(takes);
}
snow::actor numbered(snow::context& self, snow::epoch e, std::string name) {
  note const life{self, name, e.number};
  co_await self.receive([](leave) {});
}
/// Traps exits, and so must end by itself.
snow::actor trapping(snow::context& self, snow::epoch e, std::string name) {
  note const life{self, name, e.number};
  self.trap_exits(true);
  for (bool more = true; more;)
    co_await self.receive([&](const snow::exit_signal& s) { more = s.pid != self.parent(); });
}
SNOW_REGISTER(worker, numbered, trapping);

struct stop_it {
  snow::errc why;
};
struct made {
  using reply_type = snow::pid;
};
/// The parent of a supervisor.
snow::actor owner(snow::context& self, snow::supervision what) {
  self.trap_exits(true);
  auto const sup = self.spawn_link<snow::supervisor>(what);
  for (bool more = true; more;)
    co_await self.receive([&](made) { return sup; }, [&](stop_it s) { self.exit(sup, s.why); },
                          [&](const snow::exit_signal& e) {
                            if (e.pid != sup) return;
                            told.history += "sup:" + e.reason.to_string() + " ";
                            more = false;
                          });
}

snow::child_spec spec(const std::string& id) {
  return {.id = id, .start = snow::start<worker>(id)};
}
snow::supervision abc(snow::restart_strategy s) {
  return {.strategy = s, .intensity = 3, .children = {spec("a"), spec("b"), spec("c")}};
}

/// One node, and a supervisor on it.
struct stage {
  explicit stage(const snow::supervision& what) {
    told = {};
    told.now = [this] { return sim.now(); };
    parent.emplace(node.spawn<owner>(what));
    run();
    node.spawn<asks>(parent->pid(), &sup);
    run();
  }
  ~stage() {
    told.now = [] { return snow::duration{}; };
  }
  static snow::actor asks(snow::context& self, snow::pid owner, snow::pid* sup) {
    auto asking = self.ask<made>(owner);
    auto const pid = co_await snow::as_result(std::move(asking));
    if (pid) *sup = *pid;
  }
  void run(snow::duration d = 10ms) { sim.run_for(d); }
  template <class M>
  void tell(const std::string& child) {
    node->send<M>(told.last(child).pid);
    run();
  }
  std::vector<std::string> reports;
  snow::testing::simulation sim;
  snow::testing::node& node = sim.node("a", options());
  std::optional<snow::testing::spawned> parent;
  snow::pid sup;

  snow::node_options options() {
    snow::node_options o;
    o.log = [this](const snow::log_record& r) {
      if (r.event == "supervisor") reports.emplace_back(r.text);
    };
    return o;
  }
};

TEST_CASE("a supervisor starts its children in order, restarts them, and stops them in reverse order",
          "[S-110][S-111][S-119]") {
  stage s{abc(snow::restart_strategy::rest_for_one)};
  CHECK(told.take() == "+a +b +c ");
  s.tell<fail>("b");
  CHECK(told.take() == "-b -c +b +c ");
  REQUIRE(s.reports.size() == 1);
  CHECK(s.reports[0] ==
        "child \"b\" (supervised::worker) ended: exception: enough; restart 1 of at most 3 within 5 s");
  s.node->send<stop_it>(s.parent->pid(), errc::user);
  s.run();
  CHECK(told.take() == "-c -b -a sup:user ");
  CHECK(s.node->info().actors.empty());
}

TEST_CASE("a supervisor that gives up stops its children first", "[S-112][S-119]") {
  stage s{abc(snow::restart_strategy::one_for_one)};
  told.take();
  for (int i = 0; i < 3; ++i) s.tell<leave>("a");
  CHECK(told.take() == "-a +a -a +a -a +a ");
  s.tell<leave>("a");
  CHECK(told.take() == "-a -c -b sup:shutdown ");
  CHECK(s.reports.back().find("; gives up: more than 3 restarts within 5 s") != std::string::npos);
}

TEST_CASE("a child that does not end in time is killed, and not before", "[S-111]") {
  auto what = abc(snow::restart_strategy::one_for_one);
  what.children[1].start = snow::start<stubborn>("b");
  what.children[1].shutdown = 3s;
  what.children[2].start = snow::start<slow>("c", 2s);
  what.children[2].shutdown = snow::infinity;
  stage s{what};
  told.take();
  auto const begun = s.sim.now();
  s.node->send<stop_it>(s.parent->pid(), errc::shutdown);
  s.run(10s);
  CHECK(told.take() == "-c -b -a sup:shutdown ");
  auto const c = told.last("c").to - begun, b = told.last("b").to - told.last("c").to;
  CHECK((c >= 2s && c < 2100ms));
  CHECK((b >= 3s && b < 3100ms));
  REQUIRE(s.reports.size() == 2);
  CHECK(s.reports[0] == "child \"c\" (supervised::slow) was to be stopped, and ended: normal");
  CHECK(s.reports[1] == "child \"b\" (supervised::stubborn) did not end within 3 s and was killed");
}
TEST_CASE("brutal_kill asks for nothing", "[S-111]") {
  auto what = abc(snow::restart_strategy::one_for_one);
  what.children[1].start = snow::start<stubborn>("b");
  what.children[1].shutdown = snow::brutal_kill;
  stage s{what};
  s.node->send<stop_it>(s.parent->pid(), errc::shutdown);
  s.run();
  CHECK(told.take() == "+a +b +c -c -b -a sup:shutdown ");
  CHECK(s.reports.empty());
}

TEST_CASE("a supervisor whose parent is gone stops its children and ends", "[S-111][S-119]") {
  stage s{abc(snow::restart_strategy::one_for_one)};
  told.take();
  s.node.spawn<[](snow::context& self, snow::pid p) -> snow::actor {
    self.exit(p, snow::kill);
    co_return;
  }>(s.parent->pid());
  s.run();
  CHECK(told.take() == "-c -b -a ");
  CHECK(s.node->info().actors.empty());
}
TEST_CASE("an exit of a stranger does not end a supervisor", "[S-111]") {
  stage s{abc(snow::restart_strategy::one_for_one)};
  told.take();
  s.node.spawn<[](snow::context& self, snow::pid p) -> snow::actor {
    self.exit(p, errc::shutdown);
    co_return;
  }>(s.sup);
  s.run();
  CHECK(told.take() == "");
  CHECK(s.node->actors().size() == 5);
}
TEST_CASE("the children of a supervisor that is killed end with it", "[S-119]") {
  stage s{abc(snow::restart_strategy::one_for_one)};
  told.take();
  s.node.spawn<[](snow::context& self, snow::pid p) -> snow::actor {
    self.exit(p, snow::kill);
    co_return;
  }>(s.sup);
  s.run();
  CHECK(s.node->info().actors.empty());
}

TEST_CASE("supervisors are children of supervisors", "[S-110][S-119]") {
  auto const inner = abc(snow::restart_strategy::one_for_all);
  snow::supervision outer{.strategy = snow::restart_strategy::one_for_one, .intensity = 1};
  outer.children = {{.id = "inner", .start = snow::start<snow::supervisor>(inner)}, spec("d")};
  stage s{outer};
  CHECK(told.take() == "+a +b +c +d ");
  for (int i = 0; i < 3; ++i) s.tell<fail>("c");
  told.take();
  s.tell<fail>("c");  // the inner one gives up, and is started anew
  CHECK(told.take() == "-c -b -a +a +b +c ");
  for (int i = 0; i < 4; ++i) s.tell<fail>("c");
  CHECK(told.take().ends_with("-c -b -a -d sup:shutdown "));
  CHECK(s.node->info().actors.empty());
}

snow::actor fails_to_start(snow::context& self, std::string name, int* times) {
  note const life{self, name};
  if (*times > 0 && (*times)-- > 0) throw std::runtime_error{"not yet"};
  co_await self.receive([](leave) {});
}
/// What it needs is there before it begins.
snow::actor registers(snow::context& self) {
  for (int i = 0; i < 100; ++i) self.send<leave>(self.id());
  self.register_name("first");
  co_await self.receive([](fail) {});
}
snow::actor needs(snow::context& self) {
  note const life{self, self.whereis("first") ? "found" : "missed"};
  co_await self.receive([](leave) {});
}
snow::actor ends_at_once(snow::context& self, std::string name) {
  note const life{self, name};
  co_return;
}

TEST_CASE("a child is started when it waits for the first time, and then the next is", "[S-111]") {
  stage s{{.children = {{.id = "a", .start = snow::start<registers>()},
                        {.id = "b", .start = snow::start<needs>()}}}};
  CHECK(told.take() == "+found ");
}
TEST_CASE("a child that throws before it waits was not started", "[S-110][S-111]") {
  int fails = 0;
  SECTION("at the beginning") {
    auto what = abc(snow::restart_strategy::one_for_one);
    fails = 1;
    what.children[1].start = snow::start<fails_to_start>("b", &fails);
    stage s{what};
    CHECK(told.take().starts_with(
        "+a +b -b -a sup:shutdown: child \"b\" (supervised::fails_to_start) did not start"));
  }
  SECTION("at a restart") {
    auto what = abc(snow::restart_strategy::one_for_all);
    what.children[1].start = snow::start<fails_to_start>("b", &fails);
    stage s{what};
    CHECK(told.take() == "+a +b +c ");
    fails = 2;
    s.tell<fail>("c");
    CHECK(told.take() == "-c -b -a +a +b -b -a +a +b -b -a +a +b +c ");
    s.tell<fail>("c");  // those were three restarts
    CHECK(told.take() == "-c -b -a sup:shutdown ");
  }
}
TEST_CASE("a child that ends well before it waits was started", "[S-110]") {
  auto what = abc(snow::restart_strategy::one_for_one);
  what.children[1].start = snow::start<ends_at_once>("b");
  what.children[1].restart = snow::restart::transient;
  stage s{what};
  CHECK(told.take() == "+a +b -b +c ");
  CHECK(s.reports.empty());
}

TEST_CASE("a contradiction in a specification ends the supervisor", "[S-111]") {
  stage s{{.strategy = snow::restart_strategy::one_for_one, .children = {spec("a"), spec("a")}}};
  CHECK(told.take() == "sup:exception: two children have the id \"a\": bad_arguments ");
}

snow::actor by_request(snow::context& self, snow::pid sup, bool* good) {
  auto const expect = [&](bool what) { *good = *good && what; };
  snow::child_spec d{.id = "d", .start = snow::start<worker>("d")};
  auto const first = co_await self.ask<snow::start_child>(sup, d);
  expect(first == child_outcome::done && first.pid == told.last("d").pid);
  auto const second = co_await self.ask<snow::start_child>(sup, d);
  expect(second == child_outcome::already_started && second.pid == first.pid);
  auto const counted = co_await self.ask<snow::count_children>(sup);
  expect(counted.specs == 4 && counted.active == 4 && counted.workers == 4);
  auto const stopped = co_await self.ask<snow::terminate_child>(sup, "d");
  expect(stopped == child_outcome::done && told.living("d") == 0);
  auto const all = co_await self.ask<snow::which_children>(sup);
  expect(all.size() == 4 && all[0].id == "a" && all[0].pid && all[3].id == "d" && !all[3].pid);
  auto const again = co_await self.ask<snow::restart_child>(sup, "d");
  expect(again == child_outcome::done && told.living("d") == 1);
  auto const runs = co_await self.ask<snow::delete_child>(sup, "d");
  expect(runs == child_outcome::running);
  co_await self.ask<snow::terminate_child>(sup, "d");
  auto const gone = co_await self.ask<snow::delete_child>(sup, "d");
  expect(gone == child_outcome::done);
  auto const nobody = co_await self.ask<snow::restart_child>(sup, "d");
  expect(nobody == child_outcome::not_found);
  self.send<fail>(sup);  // no request of a supervisor's
  auto const left = co_await self.ask<snow::count_children>(sup);
  expect(left.specs == 3);
  told.history += "asked ";
}

TEST_CASE("a supervisor does what it is asked, and answers when it is done", "[S-114]") {
  stage s{abc(snow::restart_strategy::one_for_one)};
  told.take();
  bool good = true;
  s.node.spawn<by_request>(s.sup, &good);
  s.run(100ms);
  CHECK(good);
  CHECK(told.take() == "+d -d +d -d asked ");
  CHECK(s.reports == std::vector<std::string>{"an unexpected message"});
}

TEST_CASE("restarts wait for the delay that was asked for", "[S-115]") {
  auto what = abc(snow::restart_strategy::one_for_one);
  what.back_off = {.first = 1s, .greatest = 2s};
  stage s{what};
  s.tell<fail>("a");
  auto const ended = told.last("a").to;
  s.run(5s);
  CHECK(told.last("a").alive());
  CHECK((told.last("a").from - ended >= 1s && told.last("a").from - ended < 1010ms));
}

TEST_CASE("a restart takes as long under a hundred thousand siblings as under a thousand", "[S-120]") {
  auto const steps_with = [](int siblings) {
    snow::supervision what{.strategy = snow::restart_strategy::one_for_one, .intensity = 1'000'000};
    for (int i = 0; i < siblings; ++i)
      what.children.push_back({.id = std::to_string(i), .start = snow::start<worker>("w")});
    std::uint64_t steps = 0;
    snow::supervisor_plan plan{what, [](auto&&...) {}};
    auto const now = snow::time_point{1h};
    std::vector<snow::pid> pids;
    auto const begins = [&] {
      pids.push_back({1, 1, pids.size() + 1});
      plan.started(pids.back(), now);
    };
    for (int i = 0; i < siblings; ++i) plan.next(now), begins();
    auto const begun = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < 1000; ++i) {
      plan.exited(pids[i], errc::killed);
      while (plan.next(now).what == snow::supervisor_plan::act::start) ++steps, begins();
    }
    CHECK(steps == 1000);
    return std::chrono::steady_clock::now() - begun;
  };
  steps_with(1000);
  auto const few = steps_with(1000), many = steps_with(100'000);
  CHECK(many < 20 * few);  // a scan would take a hundred times as long
}

}  // namespace supervised

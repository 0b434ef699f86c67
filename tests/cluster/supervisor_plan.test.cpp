#include "snow/cluster/supervisor_plan.hpp"

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace supervisor_plan_test {

using namespace std::chrono_literals;
using snow::child_outcome;
using snow::errc;
using snow::restart_strategy;

namespace {

snow::actor idle(snow::context&) {
  co_return;
}

snow::child_spec spec(std::string id, snow::restart how = snow::restart::permanent) {
  return {.id = std::move(id), .start = snow::start<idle>(), .restart = how};
}
snow::supervision of(restart_strategy s, std::vector<snow::child_spec> children) {
  return {.strategy = s, .intensity = 3, .period = 5s, .children = std::move(children)};
}
snow::supervision abc(restart_strategy s) {
  return of(s, {spec("a"), spec("b"), spec("c")});
}

/// Carries a plan out, and writes down what it does: `+a` a start, `!a` one that failed, `-a` a stop, `.` the
/// end.
class stage {
 public:
  explicit stage(snow::supervision what)
      : plan{std::move(what), [this](snow::log_level, std::string_view text, const snow::pid&) {
               reports.emplace_back(text);
             }} {
    run();
  }

  void run() {
    for (;;) {
      auto const step = plan.next(now);
      switch (step.what) {
        case snow::supervisor_plan::act::rest:
          return;
        case snow::supervisor_plan::act::end:
          if (!ended) history += ".";
          ended = true;
          return;
        case snow::supervisor_plan::act::start: {
          auto const& c = plan.at(step.children.front());
          std::string const name = c.spec.id + (c.spec.nodes.empty() ? "" : "@" + c.spec.nodes[c.node]);
          if (int& n = refused[name]; n > 0) {
            --n;
            history += "!" + name + " ";
            if (!plan.goes_to_next_node()) plan.failed("no", now);
          } else {
            history += "+" + name + " ";
            alive[c.spec.id] = {snow::this_node, 1, ++generation};
            plan.started(alive[c.spec.id], now);
          }
          break;
        }
        case snow::supervisor_plan::act::stop:
          for (auto const k : step.children) {
            history += "-" + plan.at(k).spec.id + " ";
            if (while_stopping) std::exchange(while_stopping, nullptr)();
            plan.stopped(k, errc::shutdown, false);
          }
          break;
      }
    }
  }
  void exits(const std::string& id, const snow::reason& why) { plan.exited(alive[id], why); }
  void ends(const std::string& id, const snow::reason& why = {errc::exception, "enough"}) {
    exits(id, why);
    run();
  }
  void pass(snow::duration d) {
    now += d;
    plan.tick(now);
    run();
  }
  snow::child_reply starts(const snow::child_spec& c) {
    plan.start_child(c);
    return run(), plan.answer();
  }
  snow::child_reply terminates(const std::string& id, const snow::pid& who = {}) {
    plan.terminate_child(id, who);
    return run(), plan.answer();
  }
  snow::child_reply restarts(const std::string& id) {
    plan.restart_child(id);
    return run(), plan.answer();
  }
  snow::child_reply deletes(const std::string& id) {
    plan.delete_child(id);
    return run(), plan.answer();
  }
  std::string told() { return std::exchange(history, ""); }
  std::string children() const {
    std::string all;
    for (auto const& c : plan.which_children()) all += (c.pid ? "" : c.restarting ? "?" : "-") + c.id + " ";
    return all;
  }

  std::vector<std::string> reports;
  std::string history;
  std::map<std::string, int> refused;
  std::map<std::string, snow::pid> alive;
  std::function<void()> while_stopping;
  snow::time_point now{1h};
  std::uint64_t generation = 0;
  bool ended = false;
  snow::supervisor_plan plan;
};

}  // namespace

TEST_CASE("children are started in their order and stopped in the reverse", "[S-111]") {
  stage s{abc(restart_strategy::one_for_one)};
  CHECK(s.told() == "+a +b +c ");
  s.plan.finish(errc::normal);
  s.run();
  CHECK(s.told() == "-c -b -a .");
  CHECK(s.plan.why() == errc::normal);
}

TEST_CASE("each strategy restarts those that it concerns, in order", "[S-110]") {
  stage one{abc(restart_strategy::one_for_one)}, all{abc(restart_strategy::one_for_all)},
      rest{abc(restart_strategy::rest_for_one)};
  for (auto* s : {&one, &all, &rest}) {
    s->told();
    s->ends("b");
  }
  CHECK(one.told() == "+b ");
  CHECK(all.told() == "-c -a +a +b +c ");
  CHECK(rest.told() == "-c +b +c ");
}

TEST_CASE("permanent, transient and temporary children are restarted after other ends", "[S-110]") {
  std::map<errc, std::string> const followed{{errc::normal, "+p "},
                                             {errc::shutdown, "+p "},
                                             {errc::killed, "+p +tr "},
                                             {errc::exception, "+p +tr "},
                                             {errc::no_connection, "+p +tr "}};
  for (auto const& [why, what] : followed) {
    stage s{of(restart_strategy::one_for_one,
               {spec("p"), spec("tr", snow::restart::transient), spec("te", snow::restart::temporary)})};
    s.told();
    for (auto const* id : {"p", "tr", "te"}) s.ends(id, why);
    CHECK(s.told() == what);
    // A temporary one is forgotten, a transient one stays in the list.
    CHECK(s.children() == (what == "+p " ? "p -tr " : "p tr "));
  }
}

TEST_CASE("a temporary child that a strategy stops is forgotten", "[S-110]") {
  stage s{of(restart_strategy::one_for_all,
             {spec("a"), spec("t", snow::restart::temporary), spec("c", snow::restart::transient)})};
  s.told();
  s.ends("c");
  CHECK(s.told() == "-t -a +a +c ");
  CHECK(s.children() == "a c ");
}

TEST_CASE("more restarts within the period than the intensity end the supervisor", "[S-112]") {
  stage s{abc(restart_strategy::one_for_one)};
  for (int i = 0; i < 3; ++i) s.ends("a"), s.now += 1s;
  CHECK(s.told() == "+a +b +c +a +a +a ");
  SECTION("whichever child it is") {
    s.ends("b");
    CHECK(s.told() == "-c -a .");
    CHECK(s.plan.why() == errc::shutdown);
    CHECK(s.reports.back().find("gives up: more than 3 restarts within 5 s") != std::string::npos);
  }
  SECTION("one that is as old as the period counts") {
    s.now += 2s;
    s.ends("b");
    CHECK(s.ended);
  }
  SECTION("one that is older does not") {
    s.now += 2s + 1ns;
    s.ends("b");
    CHECK(!s.ended);
  }
}
TEST_CASE("with an intensity of 0 the first restart ends the supervisor", "[S-112]") {
  auto what = abc(restart_strategy::one_for_one);
  what.intensity = 0;
  stage s{what};
  s.told();
  s.ends("c");
  CHECK(s.told() == "-b -a .");
}
TEST_CASE("ends that are followed by no restart do not count", "[S-112]") {
  stage s{of(restart_strategy::simple_one_for_one, {spec("", snow::restart::temporary)})};
  for (int i = 0; i < 10; ++i) {
    s.starts(snow::child_spec{});
    s.ends("");
  }
  CHECK(!s.ended);
  CHECK(s.plan.count_children().workers == 0);
}

TEST_CASE("a supervisor whose child cannot be started at the beginning stops the others and ends",
          "[S-111]") {
  auto what = abc(restart_strategy::one_for_one);
  what.children[1].nodes = {"x", "y"};
  stage s{{.strategy = restart_strategy::one_for_one, .children = {spec("z")}}};
  s.plan.finish(errc::normal);
  std::vector<std::string> reports;
  snow::supervisor_plan plan{
      what, [&](snow::log_level, std::string_view t, const snow::pid&) { reports.emplace_back(t); }};
  auto const now = snow::time_point{1h};
  plan.next(now), plan.started({1, 1, 1}, now);
  plan.next(now);
  CHECK(plan.goes_to_next_node());
  CHECK(!plan.goes_to_next_node());
  plan.failed("no", now);
  CHECK(plan.next(now).what == snow::supervisor_plan::act::stop);
  plan.stopped(1, errc::shutdown, false);
  CHECK(plan.next(now).what == snow::supervisor_plan::act::end);
  CHECK(plan.why().code() == errc::shutdown);
  CHECK(plan.why().text().find("child \"b\"") == 0);
  CHECK(reports.size() == 1);
}

TEST_CASE("a restart that fails is tried again, and each try counts", "[S-110][S-112]") {
  stage s{abc(restart_strategy::rest_for_one)};
  s.told();
  SECTION("until it succeeds, and then the others follow") {
    s.refused["b"] = 2;
    s.ends("b");
    CHECK(s.told() == "-c !b ");
    CHECK(s.children() == "a ?b -c ");
    CHECK(s.plan.wakes_at() == s.now);  // what was asked meanwhile comes first
    s.pass(0s);
    CHECK(s.told() == "!b ");
    s.pass(0s);
    CHECK(s.told() == "+b +c ");
  }
  SECTION("until there are too many") {
    s.refused["b"] = 9;
    s.ends("b");
    for (int i = 0; i < 5; ++i) s.pass(0s);
    CHECK(s.told() == "-c !b !b !b -a .");
  }
  SECTION("another one that fails is tried with those behind it") {
    s.refused["c"] = 1;
    s.ends("a");
    CHECK(s.told() == "-c -b +a +b !c ");
    s.pass(0s);
    CHECK(s.told() == "+c ");
  }
  SECTION("unless it is stopped by hand") {
    s.refused["b"] = 1;
    s.ends("b");
    CHECK(s.restarts("b") == child_outcome::restarting);
    CHECK(s.deletes("b") == child_outcome::restarting);
    CHECK(s.terminates("b") == child_outcome::done);
    s.pass(1h);
    CHECK(s.told() == "-c !b ");
    CHECK(s.children() == "a -b -c ");
  }
}
TEST_CASE("one_for_all begins anew when one of its starts fails", "[S-110]") {
  stage s{abc(restart_strategy::one_for_all)};
  s.told();
  s.refused["b"] = 1;
  s.ends("c");
  CHECK(s.told() == "-b -a +a !b -a ");
  s.pass(0s);
  CHECK(s.told() == "+a +b +c ");
}

TEST_CASE("ends that come while others are stopped and started are no further restarts", "[S-110]") {
  stage s{abc(restart_strategy::one_for_all)};
  s.told();
  SECTION("of one that is stopped as well") {
    s.while_stopping = [&] { s.exits("a", {errc::exception, "enough"}); };
    s.ends("b");
    CHECK(s.told() == "-c -a +a +b +c ");
    s.run();
    CHECK(s.told() == "");
    // Its own reason is told.
    CHECK(s.reports.back().find("was to be stopped, and ended: exception: enough") != std::string::npos);
  }
  SECTION("unless it is of those that were left alone") {
    stage r{abc(restart_strategy::rest_for_one)};
    r.told();
    r.while_stopping = [&] { r.exits("a", {errc::exception, "enough"}); };
    r.ends("b");
    CHECK(r.told() == "-c +b +c -c -b +a +b +c ");
  }
  SECTION("and nobody else's ends are") {
    s.plan.exited({7, 7, 7}, errc::killed);
    s.run();
    CHECK(s.told() == "");
  }
}

TEST_CASE("significant children shut their supervisor down when they are gone", "[S-113]") {
  auto what = of(restart_strategy::one_for_one,
                 {spec("a"), spec("b", snow::restart::transient), spec("c", snow::restart::temporary)});
  what.children[1].significant = what.children[2].significant = true;
  SECTION("any") {
    what.auto_shutdown = snow::auto_shutdown::any_significant;
    stage s{what};
    s.told();
    s.ends("b");
    CHECK(s.told() == "+b ");  // it was restarted
    SECTION("a transient one that ends well") {
      s.ends("b", errc::normal);
      CHECK(s.told() == "-c -a .");
      CHECK(s.plan.why() == errc::shutdown);
    }
    SECTION("a temporary one in any way") {
      s.ends("c");
      CHECK(s.told() == "-b -a .");
    }
    SECTION("not one that was stopped by hand, or is not significant") {
      CHECK(s.terminates("b") == child_outcome::done);
      CHECK(s.terminates("c") == child_outcome::done);
      s.ends("a", errc::normal);
      CHECK(s.told() == "-b -c +a ");
    }
  }
  SECTION("all") {
    what.auto_shutdown = snow::auto_shutdown::all_significant;
    stage s{what};
    s.told();
    s.ends("c");
    CHECK(s.told() == "");
    SECTION("the last ends") {
      s.ends("b", errc::normal);
      CHECK(s.told() == "-a .");
    }
    SECTION("the last is stopped by hand") {
      s.terminates("b");
      CHECK(s.told() == "-b ");
    }
  }
}

TEST_CASE("what contradicts itself is refused") {
  auto const refused = [](snow::supervision what) {
    try {
      snow::supervisor_plan const plan{std::move(what), nullptr};
    } catch (const snow::error& e) {
      return e == errc::bad_arguments;
    }
    return false;
  };
  auto const with = [](snow::child_spec c) { return of(restart_strategy::one_for_one, {std::move(c)}); };
  CHECK(!refused(with(spec("a"))));
  CHECK(refused(with(spec(""))));
  CHECK(refused(with({.id = "a"})));
  CHECK(refused(of(restart_strategy::one_for_one, {spec("a"), spec("a")})));
  CHECK(refused(of(restart_strategy::simple_one_for_one, {})));
  auto significant = spec("a", snow::restart::transient);
  significant.significant = true;
  CHECK(refused(with(significant)));
  auto what = with(significant);
  what.auto_shutdown = snow::auto_shutdown::any_significant;
  CHECK(!refused(what));
  what.children[0].restart = snow::restart::permanent;
  CHECK(refused(what));
  what = with(spec("a"));
  what.period = 0s;
  CHECK(refused(what));
}

TEST_CASE("children are added, stopped, started again and deleted by hand", "[S-114]") {
  stage s{abc(restart_strategy::one_for_one)};
  s.told();
  CHECK(s.starts(spec("d")) == child_outcome::done);
  auto const again = s.starts(spec("d"));
  CHECK(again == child_outcome::already_started);
  CHECK(again.pid == s.alive["d"]);
  CHECK(s.restarts("d") == child_outcome::running);
  CHECK(s.deletes("d") == child_outcome::running);
  CHECK(s.terminates("d") == child_outcome::done);
  CHECK(s.terminates("d") == child_outcome::done);
  CHECK(s.starts(spec("d")) == child_outcome::already_present);
  s.refused["d"] = 1;
  CHECK(s.restarts("d") == child_outcome::failed);
  auto const restarted = s.restarts("d");
  CHECK(restarted == child_outcome::done);
  CHECK(restarted.pid == s.alive["d"]);
  s.terminates("d");
  CHECK(s.deletes("d") == child_outcome::done);
  CHECK(s.told() == "+d -d !d +d -d ");
  for (auto const& r : {s.terminates("d"), s.restarts("d"), s.deletes("d"), s.terminates("", s.alive["a"])})
    CHECK(r == child_outcome::not_found);

  s.refused["e"] = 1;
  CHECK(s.starts(spec("e")) == child_outcome::failed);
  CHECK(s.starts(snow::child_spec{.id = "f"}) == child_outcome::failed);
  CHECK(s.children() == "a b c ");
  s.terminates("b");
  auto const n = s.plan.count_children();
  CHECK((n.specs == 3 && n.active == 2 && n.workers == 3 && n.supervisors == 0));
  // A temporary one is gone once it is stopped.
  s.starts(spec("t", snow::restart::temporary));
  CHECK(s.terminates("t") == child_outcome::done);
  CHECK(s.terminates("t") == child_outcome::not_found);
}

TEST_CASE("what was stopped by hand is started when one_for_all starts all, as in OTP", "[S-114]") {
  stage s{abc(restart_strategy::one_for_all)};
  s.terminates("a");
  s.told();
  s.ends("b");
  CHECK(s.told() == "-c +a +b +c ");
}

TEST_CASE("simple_one_for_one has any number of children of one kind", "[S-110][S-114]") {
  stage s{of(restart_strategy::simple_one_for_one, {spec("")})};
  CHECK(s.told() == "");
  auto const first = s.starts(snow::child_spec{});
  auto const second = s.starts(snow::child_spec{});
  CHECK(first == child_outcome::done);
  CHECK(first.pid != second.pid);
  for (auto const& r : {s.terminates("x"), s.restarts(""), s.deletes("")})
    CHECK(r == child_outcome::simple_one_for_one);
  s.told();
  s.plan.exited(first.pid, errc::killed);
  s.run();
  CHECK(s.told() == "+ ");
  CHECK(s.terminates("", second.pid) == child_outcome::done);
  CHECK(s.terminates("", second.pid) == child_outcome::not_found);
  CHECK(s.plan.count_children().active == 1);
  s.starts(snow::child_spec{});
  s.told();
  s.plan.finish(errc::shutdown);
  CHECK(s.plan.next(s.now).children.size() == 2);  // at once
}

TEST_CASE("the delay before a restart doubles up to the greatest, and begins anew after a period",
          "[S-115]") {
  auto what = abc(restart_strategy::one_for_one);
  what.intensity = 100;
  what.back_off = {.first = 100ms, .greatest = 300ms};
  stage s{what};
  s.told();
  for (auto const delay : {100ms, 200ms, 300ms, 300ms}) {
    s.ends("a");
    CHECK(s.plan.wakes_at() == s.now + delay);
    CHECK(s.children() == "?a b c ");
    s.pass(delay - 1ns);
    CHECK(s.told() == "");
    s.pass(1ns);
    CHECK(s.told() == "+a ");
  }
  s.ends("b");  // each has its own
  CHECK(s.plan.wakes_at() == s.now + 100ms);
  s.pass(5s);
  s.ends("a");
  CHECK(s.plan.wakes_at() == s.now + 100ms);
}
TEST_CASE("while a restart waits, those that go with the child are stopped", "[S-115]") {
  auto what = abc(restart_strategy::one_for_all);
  what.back_off.first = 1s;
  stage s{what};
  s.told();
  s.ends("b");
  CHECK(s.told() == "-c -a ");
  s.pass(1s);
  CHECK(s.told() == "+a +b +c ");
}

TEST_CASE("a child whose node is lost moves on to the next, after its delay", "[S-116]") {
  auto what = abc(restart_strategy::one_for_one);
  what.intensity = 100;
  what.children[1].nodes = {"x", "y", "z"};
  what.children[1].failover_delay = 2s;
  stage s{what};
  CHECK(s.told() == "+a +b@x +c ");
  SECTION("when it was lost, or takes its leave") {
    for (auto const& [why, node] : {std::pair{errc::no_connection, "y"}, {errc::shutdown, "z"}}) {
      s.ends("b", why);
      s.pass(2s - 1ns);
      CHECK(s.told() == "");
      s.pass(1ns);
      CHECK(s.told() == std::string{"+b@"} + node + " ");
    }
  }
  SECTION("not when it ended by itself") {
    s.ends("b");
    CHECK(s.told() == "+b@x ");
  }
  SECTION("and on, when it cannot be started there") {
    s.refused["b@y"] = s.refused["b@z"] = 1;
    s.ends("b", errc::no_connection);
    for (int i = 0; i < 3; ++i) s.pass(2s);
    CHECK(s.told() == "!b@y !b@z +b@x ");
  }
}

TEST_CASE("epochs grow with each start, and with the clock", "[S-117]") {
  stage s{abc(restart_strategy::one_for_one)};
  auto const first = s.plan.new_epoch(s.now), second = s.plan.new_epoch(s.now);
  CHECK(first < second);
  stage later{abc(restart_strategy::one_for_one)};
  CHECK(second < later.plan.new_epoch(s.now + 1s));
}

}  // namespace supervisor_plan_test

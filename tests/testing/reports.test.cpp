#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

// What a node says of actors that fail, or that do not go on, and what can be asked of one.

namespace reports {

using namespace std::chrono_literals;

struct go {};
struct never_sent {};
struct order {
  int amount;
};
struct question {
  using reply_type = int;
};

/// A log that keeps.
struct kept_record {
  std::string event;
  std::string text;
  snow::pid pid;
  std::string function;
  std::string failed_message;
  std::vector<snow::pid> ancestors;
  std::vector<std::string> names;
  std::size_t mail = 0;
  bool crash = false;
};
class kept_log {
 public:
  snow::node_options options() {
    return {.log = [this](const snow::log_record& r) {
      if (r.level < snow::log_level::warning) return;
      kept_record k{std::string{r.event}, std::string{r.text}, r.pid, {}, {}, {}, {}, 0, r.crash != nullptr};
      if (r.crash) {
        k.function = r.crash->function;
        k.failed_message = r.crash->failed_message;
        k.ancestors.assign(r.crash->ancestors.begin(), r.crash->ancestors.end());
        k.names.assign(r.crash->names.begin(), r.crash->names.end());
        k.mail = r.crash->mail;
      }
      all.push_back(std::move(k));
    }};
  }
  std::vector<kept_record> all;
};

/// A simulation of one node with that log.
struct one_node {
  kept_log log;
  snow::testing::simulation sim{{.seed = 3}};
  snow::testing::node& a = sim.node("a", log.options());
};

snow::actor takes_orders(snow::context& self) {
  self.register_name("orders");
  self.trap_exits(true);
  for (;;)
    co_await self.receive([](order o) {
      if (o.amount < 0) throw std::runtime_error{"a negative amount"};
    });
}
struct family {
  snow::pid grandparent, parent, child;
};
snow::actor parent(snow::context& self, family* f) {
  self.trap_exits(true);
  f->parent = self.id();
  f->child = self.spawn_link<takes_orders>();
  co_await self.receive([](never_sent) {});
}
snow::actor grandparent(snow::context& self, family* f) {
  f->grandparent = self.id();
  self.spawn_link<parent>(f);
  co_await self.receive([](never_sent) {});
}
snow::actor sends_orders(snow::context& self, family* f) {
  self.send<go>(f->child);
  self.send<order>(f->child, 1);
  self.send<order>(f->child, -1);
  co_return;
}

TEST_CASE("the report of a crash says who, why, at which message and of whom it was born [S-100]") {
  one_node n;
  family f;
  n.a.spawn<grandparent>(&f);
  n.sim.run_for(1ms);
  n.a.spawn<sends_orders>(&f);
  n.sim.run_for(1ms);
  REQUIRE(n.log.all.size() == 1);
  kept_record const& r = n.log.all[0];
  CHECK(r.event == "actor");
  CHECK(
      r.text ==
      "reports::takes_orders ended: exception: a negative amount, last message that failed: reports::order");
  CHECK(r.crash);
  CHECK(r.pid == f.child);
  CHECK(r.function == "reports::takes_orders");
  CHECK(r.failed_message == "reports::order");
  CHECK(r.ancestors == std::vector{f.parent, f.grandparent});
  CHECK(r.names == std::vector<std::string>{"orders"});
  CHECK(r.mail == 1);
}

snow::actor fails_by_itself(snow::context&) {
  throw std::runtime_error{"at once"};
  co_return;
}
snow::actor dies_of_a_kill(snow::context& self) {
  self.exit(self.id(), snow::kill);
  co_await self.receive([](never_sent) {});
}

TEST_CASE(
    "a crash outside of handlers names no message, and an end that is no crash is not reported [S-100]") {
  one_node n;
  n.a.spawn<fails_by_itself>();
  n.a.spawn<dies_of_a_kill>();
  n.sim.run_for(1ms);
  REQUIRE(n.log.all.size() == 1);
  CHECK(n.log.all[0].text == "reports::fails_by_itself ended: exception: at once");
  CHECK(n.log.all[0].failed_message.empty());
  CHECK(n.log.all[0].ancestors.empty());
}

/// The chain of parents, each linked.
snow::actor one_of_many(snow::context& self, int more, std::vector<snow::pid>* all) {
  all->push_back(self.id());
  if (more > 0) self.spawn_link<one_of_many>(more - 1, all);
  co_await self.receive([](never_sent) {});
}
snow::actor asks_for_info(snow::context& self, snow::pid of, std::optional<snow::actor_info>* out,
                          snow::errc* why) {
  auto asking = self.info(of);
  auto got = co_await snow::as_result(std::move(asking));
  if (got)
    *out = *got;
  else
    *why = got.error().which();
}

TEST_CASE("of ancestors the nearest sixteen are known") {
  one_node n;
  std::vector<snow::pid> all;
  n.a.spawn<one_of_many>(20, &all);
  n.sim.run_for(1ms);
  REQUIRE(all.size() == 21);
  std::optional<snow::actor_info> seen;
  snow::errc why{};
  n.a.spawn<asks_for_info>(all.back(), &seen, &why);
  n.sim.run_for(1ms);
  REQUIRE(seen);
  REQUIRE(seen->ancestors.size() == 16);
  for (std::size_t i = 0; i < 16; ++i) CHECK(seen->ancestors[i] == all[19 - i]);
}

struct relations {
  snow::pid target, linked, watched;
};
snow::actor waits(snow::context& self) {
  co_await self.receive([](never_sent) {});
}
snow::actor related(snow::context& self, relations* r) {
  r->target = self.id();
  self.register_name("related");
  r->linked = self.spawn_link<waits>();
  r->watched = self.spawn<waits>();
  self.monitor(r->watched);
  self.monitor(r->watched);
  self.send<go>(self.id());
  co_await self.receive([](never_sent) {});
}

TEST_CASE(
    "info of an actor tells its names, links, monitors, ancestors and mail, whatever it waits for [S-101]") {
  one_node n;
  relations r;
  n.a.spawn<related>(&r);
  n.sim.run_for(1ms);
  std::optional<snow::actor_info> seen;
  snow::errc why{};
  n.a.spawn<asks_for_info>(r.target, &seen, &why);
  n.sim.run_for(1ms);
  REQUIRE(seen);
  CHECK(seen->pid == r.target);
  CHECK(seen->function == "reports::related");
  CHECK(seen->names == std::vector<std::string>{"related"});
  CHECK(seen->links == std::vector{r.linked});
  CHECK(seen->monitors == std::vector{r.watched, r.watched});
  CHECK(seen->monitored_by.empty());
  CHECK(seen->mail == 1);
  CHECK(seen->memory > sizeof(snow::cell));

  n.a.spawn<asks_for_info>(r.watched, &seen, &why);
  n.sim.run_for(1ms);
  CHECK(seen->monitored_by == std::vector{r.target, r.target});
  CHECK(seen->links.empty());
  CHECK(why == snow::errc{});
}

snow::actor asks_about_itself(snow::context& self, bool* same) {
  self.register_name("me");
  auto asking = self.info(self.id());
  auto const asked = co_await std::move(asking);
  *same = asked.names == self.info().names && asked.pid == self.id();
}

TEST_CASE("info may be asked of oneself, and fails for who is gone or elsewhere [S-101]") {
  one_node n;
  bool same = false;
  n.a.spawn<asks_about_itself>(&same);
  std::optional<snow::actor_info> seen;
  snow::errc gone{}, nobody{};
  auto const ended = n.a.spawn<fails_by_itself>();
  n.sim.run_for(1ms);
  CHECK(same);
  n.a.spawn<asks_for_info>(ended.pid(), &seen, &gone);
  n.a.spawn<asks_for_info>(snow::pid{}, &seen, &nobody);
  n.sim.run_for(1ms);
  CHECK(gone == snow::errc::no_process);
  CHECK(nobody == snow::errc::no_process);
}

constexpr unsigned asks_at = __LINE__ + 4;
snow::actor asks_forever(snow::context& self, snow::pid nobody_answers) {
  for (int i = 0; i < 3; ++i) self.send<go>(self.id());
  auto asking = self.ask<question>(nobody_answers).within(1h);
  static_cast<void>(co_await snow::as_result(std::move(asking)));
}
snow::actor at_peace(snow::context& self) {
  co_await self.receive([](never_sent) {});
}
snow::actor sends_more(snow::context& self, snow::pid to, int messages) {
  while (messages-- > 0) self.send<go>(to);
  co_return;
}

TEST_CASE("an actor that does not go on while mail waits is reported once, with its place [S-102]") {
  one_node n;
  auto const deaf = n.a.spawn<waits>();
  auto const stuck = n.a.spawn<asks_forever>(deaf.pid());
  n.a.spawn<at_peace>();
  n.sim.run_for(29s);
  CHECK(n.log.all.empty());
  n.sim.run_for(10s);
  // The deaf one as well: the question lies in its mailbox.
  REQUIRE(n.log.all.size() == 2);
  auto const& of_deaf = n.log.all[0].pid == deaf.pid() ? n.log.all[0] : n.log.all[1];
  auto const& of_stuck = n.log.all[0].pid == deaf.pid() ? n.log.all[1] : n.log.all[0];
  CHECK(of_stuck.event == "stuck");
  CHECK(of_stuck.pid == stuck.pid());
  CHECK(of_stuck.text.find("reports::asks_forever waits at " + std::string{__FILE__} + ":" +
                           std::to_string(asks_at)) != std::string::npos);
  CHECK(of_stuck.text.find("and 3 messages lie in its mailbox") != std::string::npos);
  CHECK(of_deaf.text.find("and 1 message lies in its mailbox") != std::string::npos);
  n.sim.run_for(10min);
  CHECK(n.log.all.size() == 2);

  n.a.spawn<sends_more>(stuck.pid(), 3);
  n.sim.run_for(1min);
  REQUIRE(n.log.all.size() == 3);
  CHECK(n.log.all[2].pid == stuck.pid());
  CHECK(n.log.all[2].text.find("and 6 messages lie in its mailbox") != std::string::npos);
}

TEST_CASE("no actor is reported as stuck where the option says none") {
  kept_log log;
  snow::testing::simulation sim{{.seed = 3}};
  auto options = log.options();
  options.stuck = 0s;
  auto& a = sim.node("a", std::move(options));
  a.spawn<asks_forever>(a.spawn<waits>().pid());
  sim.run_for(30min);
  CHECK(log.all.empty());
}

}  // namespace reports

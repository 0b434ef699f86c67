#include "snow/cluster/groups.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "snow/cluster.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

namespace grouped {

using namespace std::chrono_literals;

struct line {
  std::string text;
};
struct join {
  std::string group;
};
struct leave {
  std::string group;
};
struct say {
  std::string group;
  std::string text;
};
struct quit {};

/// What a member tells the test.
struct notes {
  std::map<std::string, std::size_t> sees;  ///< members of "room" by the id of who looks
  std::map<std::string, std::size_t> local;
  std::vector<std::string> heard;
  std::vector<std::string> changes;
  std::vector<bool> left;
  std::vector<snow::errc> failures;
  std::map<std::string, std::vector<snow::pid>> members;
};

snow::actor connects(snow::context& self, std::string name) {
  auto connecting = self.node().connect(name).within(1min);
  [[maybe_unused]] auto const connected = co_await snow::as_result(std::move(connecting));
}

/// Joins "room" and does what it is told.
snow::actor member(snow::context& self, std::size_t times, notes* n) {
  auto const chat = co_await snow::groups::open(self, "chat");
  for (; times != 0; --times) co_await chat.join("room");
  for (bool more = true; more;) {
    std::string joins, leaves;
    co_await self.receive([&](line l) { n->heard.push_back(l.text); }, [&](join j) { joins = j.group; },
                          [&](leave l) { leaves = l.group; },
                          [&](say s) { chat.publish<line>(s.group, s.text); }, [&](quit) { more = false; });
    if (!joins.empty()) co_await chat.join(joins);
    if (!leaves.empty()) {
      bool const was_member = co_await chat.leave(leaves);
      n->left.push_back(was_member);
    }
  }
}

/// Looks at the view, a hundred times a second.
snow::actor looks(snow::context& self, std::string id, notes* n) {
  auto const chat = co_await snow::groups::open(self, "chat");
  for (;;) {
    auto const all = chat.members("room");
    n->sees[id] = all.size();
    n->local[id] = chat.local_members("room").size();
    n->members[id].assign(all.begin(), all.end());
    co_await self.sleep_for(10ms);
  }
}

snow::actor monitors(snow::context& self, notes* n) {
  auto const chat = co_await snow::groups::open(self, "chat");
  auto const before = co_await chat.monitor();
  for (auto const& [group, all] : before) n->changes.push_back(group + " has " + std::to_string(all.size()));
  for (bool more = true; more;)
    co_await self.receive(
        [&](snow::group_joined j) {
          n->changes.push_back(j.scope + "/" + j.group + " +" + std::to_string(j.members.size()));
        },
        [&](snow::group_left l) {
          n->changes.push_back(l.scope + "/" + l.group + " -" + std::to_string(l.members.size()));
        },
        [&](quit) { more = false; });
  co_await chat.demonitor();
  co_await self.receive([](quit) {});
}

snow::actor ends_scope(snow::context& self) {
  self.exit(self.whereis("snow.groups.chat"), snow::kill);
  co_return;
}

/// Says what a scope says, and lies.
struct lie {
  std::size_t kind = 0;
  snow::pid somebody;  ///< of a third node
};
snow::actor liar(snow::context& self, lie what) {
  self.register_name("snow.groups.chat");
  for (;;) {
    snow::detail::group_follow asked;
    co_await self.receive([&](const snow::detail::group_follow& f) { asked = f; }, [](snow::message) {});
    if (!asked.follower) continue;
    snow::detail::group_snapshot all{asked.key, self.id(), {}};
    if (what.kind == 0) {
      all.groups.push_back({"room", {self.id(), what.somebody}});
    } else if (what.kind == 1) {
      all.groups.push_back({"room", std::vector<snow::pid>(65'537, self.id())});
    } else if (what.kind == 2) {
      all.groups.push_back({std::string(256, 'x'), {self.id()}});
    } else {
      all.groups.push_back({"room", {self.id()}});
    }
    self.send(asked.follower, all);
    std::vector<std::string> const groups{"room"};
    if (what.kind == 3)
      self.send<snow::detail::group_change>(asked.follower, asked.key, self.id(), true, what.somebody,
                                            groups);
    if (what.kind == 4) {  // without the key, and in the name of others
      self.send<snow::detail::group_change>(asked.follower, asked.key + 1, self.id(), true, self.id(),
                                            groups);
      self.send<snow::detail::group_change>(asked.follower, 0, self.id(), true, self.id(), groups);
      self.send<snow::detail::group_change>(asked.follower, asked.key, what.somebody, true, what.somebody,
                                            groups);
    }
  }
}

/// Asks that scope to tell somebody else.
snow::actor asks_for_another(snow::context& self, std::string node, snow::pid victim, snow::errc* how) {
  std::string const name = "snow.groups.chat";
  snow::named const there{name, node};
  auto asking = self.ask<snow::detail::group_follow>(there, victim, 1'000'000, 7);
  auto const r = co_await snow::as_result(std::move(asking));
  *how = r ? snow::errc::normal : r.error().which();
}

namespace {

using namespace std::chrono_literals;
using snow::testing::simulation;

/// Nodes that are all connected, and on each somebody who looks.
struct cluster {
  simulation sim;
  notes n;
  std::vector<std::string> ids;

  explicit cluster(std::vector<std::string> of, std::uint64_t seed = 1)
      : sim{{.seed = seed}}, ids{std::move(of)} {
    for (auto const& id : ids) open(id);
    for (auto const& id : ids)
      for (auto const& other : ids)
        if (id < other) connect(id, other);
    sim.run_for(1s);
  }
  void open(const std::string& id) { sim.node(id).spawn<looks>(id, &n); }
  void connect(const std::string& a, const std::string& b) {
    sim.node(a).spawn<connects>(sim.node(b).name());
  }
  auto member(const std::string& id, std::size_t times = 1) {
    return sim.node(id).spawn<grouped::member>(times, &n);
  }
  template <class M, class... Args>
  void tell(const std::string& id, const snow::testing::spawned& who, Args&&... args) {
    sim.node(id)->send<M>(who.pid(), std::forward<Args>(args)...);
  }
  bool all_see(std::size_t count, snow::duration within = 1s) {
    return sim.run_until(
        [&] { return std::all_of(ids.begin(), ids.end(), [&](auto& id) { return n.sees[id] == count; }); },
        within);
  }
};

}  // namespace

TEST_CASE("every node sees who joined a group on any of them, and who left is seen by none [S-80]") {
  cluster c{{"a", "b", "c"}};
  auto const one = c.member("a");
  c.member("b");
  CHECK(c.all_see(2));
  CHECK(c.n.local["a"] == 1);
  CHECK(c.n.local["b"] == 1);
  CHECK(c.n.local["c"] == 0);
  c.tell<leave>("a", one, "room");
  CHECK(c.all_see(1));
  c.tell<leave>("a", one, "room");
  c.tell<leave>("a", one, "another room");
  c.sim.run_for(100ms);
  CHECK(c.n.left == std::vector<bool>{true, false, false});
}

TEST_CASE("who joined a group twice leaves it twice [S-80]") {
  cluster c{{"a", "b"}};
  auto const one = c.member("a", 2);
  CHECK(c.all_see(2));
  c.tell<leave>("a", one, "room");
  CHECK(c.all_see(1));
  c.tell<leave>("a", one, "room");
  CHECK(c.all_see(0));
  CHECK(c.n.left == std::vector<bool>{true, true});
}

TEST_CASE("a member that ends leaves all its groups by itself [S-81]") {
  cluster c{{"a", "b"}};
  auto const one = c.member("a", 2);
  c.tell<join>("a", one, "room");
  CHECK(c.all_see(3));
  c.tell<quit>("a", one);
  CHECK(c.all_see(0));
}

TEST_CASE("what is published is sent to each member, on whatever node") {
  cluster c{{"a", "b", "c"}};
  auto const one = c.member("a");
  c.member("b");
  c.member("c", 2);
  CHECK(c.all_see(4));
  c.tell<say>("a", one, "room", "hello");
  c.sim.run_for(100ms);
  CHECK(c.n.heard == std::vector<std::string>(4, "hello"));
}

TEST_CASE("a view has the members of connected nodes only, and is whole again after the healing [S-69]") {
  cluster c{{"a", "b", "c"}};
  c.member("a");
  c.member("b");
  auto const third = c.member("c");
  REQUIRE(c.all_see(3));

  c.sim.partition({"a"}, {"b", "c"});
  CHECK(
      c.sim.run_until([&] { return c.n.sees["a"] == 1 && c.n.sees["b"] == 2 && c.n.sees["c"] == 2; }, 1min));
  c.tell<leave>("c", third, "room");
  c.member("a");
  c.sim.heal();
  CHECK(c.all_see(3, 1min));
}

TEST_CASE("a node loses no member because it or another one loses a third node [S-69]") {
  cluster c{{"a", "b", "c"}};
  for (auto const& id : c.ids) c.member(id);
  REQUIRE(c.all_see(3));

  c.sim.partition({"a"}, {"c"});
  bool b_lost_one = false;
  CHECK(c.sim.run_until(
      [&] {
        b_lost_one |= c.n.sees["b"] != 3;
        return c.n.sees["a"] == 2 && c.n.sees["c"] == 2;
      },
      1min));
  CHECK(!b_lost_one);
  c.sim.crash("c");
  CHECK(c.sim.run_until([&] { return c.n.sees["b"] == 2; }, 1min));
  CHECK(c.n.sees["a"] == 2);
}

TEST_CASE("a node that starts again is seen with its new members alone [S-69]") {
  cluster c{{"a", "b"}};
  c.member("a");
  c.member("b");
  REQUIRE(c.all_see(2));
  auto const before = c.n.members["a"];
  c.sim.crash("b");
  c.sim.restart("b");
  c.open("b");
  c.member("b");
  c.member("b");
  c.connect("b", "a");
  CHECK(c.all_see(3, 1min));
  for (auto const& p : c.n.members["a"])
    CHECK((p.node == snow::this_node || std::count(before.begin(), before.end(), p) == 0));
}

TEST_CASE("connections that are lost while scopes find each other leave no hole [S-69]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    cluster c{{"a", "b"}, seed};
    c.member("a");
    c.member("b");
    for (std::uint64_t i = 1; i <= 8; ++i) {
      c.sim.reset("a", "b");
      c.sim.reset_after("a", "b", 300 + 40 * ((seed * 7 + i * 13) % 40));
      c.sim.reset_after("b", "a", 300 + 40 * ((seed * 5 + i * 11) % 40));
      c.sim.run_for(1s);
    }
    INFO(seed);
    CHECK(c.all_see(2, 1min));
  }
}

TEST_CASE("a scope that is opened late is found, and so is one that ended and was opened again") {
  simulation sim{{.seed = 3}};
  notes n;
  sim.node("a").spawn<connects>(sim.node("b").name());
  sim.run_for(1s);
  sim.node("a").spawn<member>(1, &n);
  sim.node("a").spawn<looks>("a", &n);
  sim.run_for(1s);
  sim.node("b").spawn<looks>("b", &n);
  auto const second = sim.node("b").spawn<member>(1, &n);
  CHECK(sim.run_until([&] { return n.sees["a"] == 2 && n.sees["b"] == 2; }, 1s));

  sim.node("b").spawn<ends_scope>();
  CHECK(sim.run_until([&] { return n.sees["a"] == 1 && n.sees["b"] == 0; }, 1s));
  sim.node("b").spawn<looks>("b again", &n);
  CHECK(sim.run_until([&] { return n.sees["b again"] == 1; }, 1s));
  CHECK(!second.has_ended());
}

TEST_CASE("scopes that end and begin anew at both ends at once find each other again [S-69]") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    simulation sim{{.seed = seed}};
    snow::testing::dice d{seed};
    notes n;
    sim.node("a").spawn<connects>(sim.node("b").name());
    sim.run_for(1s);
    for (int i = 0; i < 20; ++i) {
      auto& on = sim.node(d.one_in(2) ? "a" : "b");
      on.spawn<ends_scope>();
      if (!d.one_in(4)) on.spawn<member>(0, &n);
      sim.run_for(d.between(0us, 3ms));
    }
    for (auto const* id : {"a", "b"}) {
      sim.node(id).spawn<ends_scope>();
      sim.node(id).spawn<looks>(id, &n);
      sim.node(id).spawn<member>(1, &n);
    }
    INFO(seed);
    CHECK(sim.run_until([&] { return n.sees["a"] == 2 && n.sees["b"] == 2; }, 10s));
  }
}

TEST_CASE("who monitors a scope gets what there is, then every change in its order [S-82]") {
  cluster c{{"a", "b"}};
  c.member("b", 2);
  CHECK(c.all_see(2));
  auto const watcher = c.sim.node("a").spawn<monitors>(&c.n);
  c.sim.run_for(10ms);
  auto const one = c.member("b");
  CHECK(c.all_see(3));
  c.tell<join>("b", one, "hall");
  c.tell<leave>("b", one, "room");
  CHECK(c.all_see(2));
  c.tell<quit>("b", one);
  c.sim.run_for(10ms);
  c.sim.crash("b");
  c.sim.run_for(1min);
  CHECK(c.n.changes == std::vector<std::string>{"room has 2", "chat/room +1", "chat/hall +1", "chat/room -1",
                                                "chat/hall -1", "chat/room -2"});
  c.tell<quit>("a", watcher);
  c.sim.run_for(10ms);
  c.member("a");
  c.sim.run_for(1s);
  CHECK(c.n.changes.size() == 6);
}

TEST_CASE(
    "no peer speaks for members of another node, nor has too many, nor is believed without the key "
    "[S-83]") {
  std::size_t const kind = GENERATE(0u, 1u, 2u, 3u, 4u);
  cluster c{{"a", "b"}};
  auto const honest = c.member("b");
  REQUIRE(c.all_see(1));
  auto const of_b = c.n.members["a"].at(0);
  auto& bad = c.sim.node("bad");
  c.connect("bad", "b");
  c.sim.run_for(1s);
  // It is told of the member by its own name for it.
  bad.spawn<looks>("bad", &c.n);
  REQUIRE(c.sim.run_until([&] { return c.n.sees["bad"] == 1; }, 1s));
  lie const what{kind, c.n.members["bad"].at(0)};
  bad.spawn<ends_scope>();
  c.sim.run_for(100ms);
  bad.spawn<liar>(what);
  c.connect("bad", "a");
  c.sim.run_for(2s);
  INFO(kind);
  CHECK(c.n.sees["a"] == (kind == 4 ? 2 : 1));
  CHECK(c.n.members["a"].at(0) == of_b);
  CHECK(c.n.sees["b"] == 1);
  // It goes, and with it nothing else.
  c.sim.crash("bad");
  CHECK(c.all_see(1, 1min));
  c.tell<leave>("b", honest, "room");
  CHECK(c.all_see(0));
}

TEST_CASE("a scope asks for itself alone [S-83]") {
  cluster c{{"a", "b", "c"}};
  snow::errc how{};
  auto& victim = c.sim.node("c");
  auto const scope_of_c = victim.spawn<connects>(c.sim.node("a").name());  // any process of c's
  (void)scope_of_c;
  c.member("c");
  REQUIRE(c.all_see(1));
  c.sim.node("b").spawn<asks_for_another>(c.sim.node("a").name(), c.n.members["b"].at(0), &how);
  c.sim.run_for(1s);
  CHECK(how == snow::errc::not_allowed);
}

snow::actor joins_too_often(snow::context& self, notes* n) {
  auto const chat = co_await snow::groups::open(self, "chat");
  for (std::size_t i = 0; i < 65'536; ++i) co_await chat.join("room");
  auto once_more = chat.join("room");
  auto const r = co_await snow::as_result(std::move(once_more));
  n->failures.push_back(r ? snow::errc::normal : r.error().which());
  co_await chat.leave("room");
  co_await chat.join("room");
  std::string const long_name(256, 'x');
  auto too_long = chat.join(long_name);
  auto const named = co_await snow::as_result(std::move(too_long));
  n->failures.push_back(named ? snow::errc::normal : named.error().which());
  snow::pid const elsewhere{9, 1, 1};
  auto far = chat.join("room", elsewhere);
  auto const joined = co_await snow::as_result(std::move(far));
  n->failures.push_back(joined ? snow::errc::normal : joined.error().which());
}

snow::actor on_a_local_node(snow::context& self, notes* n) {
  auto const chat = co_await snow::groups::open(self, "chat");
  co_await chat.join("room");
  n->sees["local"] = chat.members("room").size();
  n->heard = chat.names();
  std::string const long_name(201, 'x');
  auto opening = snow::groups::open(self, long_name);
  try {
    co_await std::move(opening);
  } catch (const snow::error& e) {
    n->failures.push_back(e.which());
  }
}

TEST_CASE("a node has 65,536 joins in a scope at most, and what cannot join says why [S-83]") {
  simulation sim;
  notes n;
  auto const who = sim.node("a").spawn<joins_too_often>(&n);
  CHECK(sim.run_until([&] { return who.has_ended(); }));
  CHECK(n.failures ==
        std::vector{snow::errc::overloaded, snow::errc::bad_arguments, snow::errc::bad_arguments});
}

TEST_CASE("groups work on a node without a name") {
  notes n;
  snow::node node{{.workers = 1}};
  CHECK(node.run<on_a_local_node>(&n) == 0);
  CHECK(n.sees["local"] == 1);
  CHECK(n.heard == std::vector<std::string>{"room"});
  CHECK(n.failures == std::vector{snow::errc::bad_arguments});
}

}  // namespace grouped

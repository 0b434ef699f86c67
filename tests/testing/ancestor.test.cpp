#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "snow/actor.hpp"
#include "snow/cluster.hpp"
#include "snow/testing.hpp"
#include "snow/wire/messages.hpp"
#include "support/catch.hpp"
#include "support/tampering.hpp"

// What was wrong with the language runtime that snow's protocol comes from: a test is named after the fault,
// and shows that it is not there. Those that only sockets show are in tests/processes/ancestor.test.cpp.

namespace ancestor {

using namespace std::chrono_literals;
using snow::as_result;
using snow::errc;
using snow::testing::simulation;

struct add {
  std::uint64_t more = 0;
};
struct total {
  using reply_type = std::uint64_t;
};
struct go {};

/// What the actors of a test have done; they all run in its thread.
struct story {
  int strays = 0;                         ///< what came to those who have nothing to do with anybody
  int starts = 0;                         ///< of actors that must not start
  int handled = 0;                        ///< requests
  std::map<std::string, int> children{};  ///< that were started, by name
  int ticks = 0;                          ///< of those that are to be killed
  int frames = 0;                         ///< of theirs that live
  bool ready = false;
};
story told;

void expect(bool good, const char* what) {
  if (!good) throw std::runtime_error{what};
}

template <class M>
snow::task<M> next(snow::context& self) {
  co_return co_await self.receive([](M m) { return m; }, snow::after(1min, []() -> M {
                                    throw std::runtime_error{"what was to come did not"};
                                  }));
}

snow::actor bystander(snow::context& self) {
  self.trap_exits(true);
  for (;;) co_await self.receive([](const snow::message&) { ++told.strays; });
}
snow::actor counter(snow::context& self) {
  ++told.handled;
  std::uint64_t sum = 0;
  for (;;)
    co_await self.receive([&](add a) { sum += a.more; },
                          [&](total) {
                            ++told.handled;
                            return sum;
                          });
}
snow::actor deaf(snow::context& self) {
  for (;;) co_await self.sleep_for(1h);
}
snow::actor fails_at_once(snow::context&) {
  throw std::runtime_error{"enough"};
  co_return;
}
SNOW_REGISTER(counter, deaf, fails_at_once);

/// Bystanders, on the worker where other nodes start actors too, so that those stand where another node has
/// bystanders.
snow::actor crowd(snow::context& self, int how_many, std::vector<snow::pid>* all) {
  while (how_many-- > 0) all->push_back(self.spawn<bystander>());
  co_await self.sleep_for(1000h);
}
bool has_the_slot_of_one(const snow::pid& p, const std::vector<snow::pid>& all) {
  return std::any_of(all.begin(), all.end(), [&](auto const& other) {
    return other.slot == p.slot && other.generation == p.generation;
  });
}

/// An actor of that node, to its end, which must be a normal one.
template <auto F, class... Args>
void run(simulation& sim, snow::testing::node& on, const Args&... args) {
  auto const ran = on.spawn<F>(args...);
  REQUIRE(sim.run_until([&] { return ran.has_ended(); }));
  CHECK(ran.exit_reason()->to_string() == "normal");
}

// ---- who is meant

snow::actor links_to(snow::context& self, snow::pid other) {
  self.link(other);
  self.send<go>(self.parent());
  co_await self.sleep_for(1h);
}
snow::actor deals_with_four(snow::context& self, std::string name, const std::vector<snow::pid>* here) {
  self.trap_exits(true);
  auto const peer = co_await self.node().connect(name);
  std::vector<snow::pid> four;
  for (int i = 0; i < 4; ++i) {
    auto const p = co_await peer.spawn<counter>();
    expect(has_the_slot_of_one(p, *here), "an actor of this node stands where that one stands there");
    four.push_back(p);
  }
  for (std::uint64_t i = 0; i < 4; ++i) self.send<add>(four[i], i + 1);
  for (std::uint64_t i = 0; i < 4; ++i) {
    auto const got = co_await self.ask<total>(four[i]);
    expect(got == i + 1, "a send goes to whom it is for");
  }
  auto const watched = self.monitor(four[0]);
  self.exit(four[0], "enough");
  auto const d = co_await next<snow::down>(self);
  expect(d.monitor == watched && d.pid == four[0] && d.reason == snow::reason{"enough"}, "so does a monitor");

  self.link(four[1]);
  self.exit(four[1], "that, too");
  auto const e = co_await next<snow::exit_signal>(self);
  expect(e.pid == four[1] && e.reason == snow::reason{"that, too"}, "so does a link");

  self.monitor(four[2]);
  auto const linked = self.spawn_monitor<links_to>(four[2]);
  co_await next<go>(self);
  co_await self.sleep_for(1s);
  self.exit(linked.pid, "all at once");
  for (int i = 0; i < 2; ++i) {
    auto const both = co_await next<snow::down>(self);
    expect(both.reason == snow::reason{"all at once"}, "so does the exit of a link");
  }
  self.send_after<add>(1ms, four[3], 5);
  co_await self.sleep_for(1s);
  auto const last = co_await self.ask<total>(four[3]);
  expect(last == 4 + 5, "so is what is sent later, and nobody else is meant");
}

/// Each of these is to count one more; then the next on the way is to say the same.
struct round {
  std::vector<snow::pid> who;
  std::vector<snow::pid> way;
};
snow::actor greeter(snow::context& self) {
  for (;;)
    co_await self.receive([&](round r) {
      for (auto const& p : r.who) self.send<add>(p, 1);
      if (r.way.empty()) return;
      auto const to = r.way.front();
      r.way.erase(r.way.begin());
      self.send<round>(to, r.who, r.way);
    });
}
SNOW_REGISTER(greeter);

snow::actor sends_pids_around(snow::context& self, std::string name_b, std::string name_c) {
  auto const b = co_await self.node().connect(name_b);
  auto const c = co_await self.node().connect(name_c);
  auto const at_b = co_await b.spawn<greeter>();
  auto const at_c = co_await c.spawn<greeter>();
  auto const here = self.spawn<greeter>();
  std::vector<snow::pid> who{self.spawn<counter>()};
  auto const one = co_await b.spawn<counter>();
  auto const two = co_await c.spawn<counter>();
  who.insert(who.end(), {one, two});
  std::vector<snow::pid> const way{at_c, here, at_c, at_b};
  self.send<round>(at_b, who, way);
  co_await self.sleep_for(1min);  // b and c have to find each other
  for (auto const& p : who) {
    auto const got = co_await self.ask<total>(p);
    expect(got == 5, "each of the five meant each of the three");
  }
}
snow::actor connects(snow::context& self, std::string name) {
  auto connecting = self.node().connect(name).within(20s);
  co_await std::move(connecting);
}

snow::actor meets_another_of_that_name(snow::context& self, std::string name) {
  self.monitor_node(name);
  auto const peer = co_await self.node().connect(name);
  co_await next<snow::node_up>(self);
  auto const made = co_await peer.spawn_monitor<counter>();
  auto const old = made.pid;
  told.ready = true;
  auto const end = co_await next<snow::down>(self);
  expect(end.reason == errc::no_connection, "its node is gone");
  for (std::string const what : {"down", "up"}) {
    std::string got;
    co_await self.receive([&](snow::node_up) { got = "up"; }, [&](snow::node_down) { got = "down"; },
                          snow::after(1min, [] {}));
    expect(got == what, "down, then up");
  }
  auto const young = co_await peer.spawn<counter>();
  expect(young.slot == old.slot && young.generation == old.generation, "it has the old one's place");
  expect(young != old, "and is another one");

  self.send<add>(old, 1);
  self.exit(old, snow::kill);
  auto const answer = co_await as_result(self.ask<total>(old));
  expect(!answer && answer.error() == errc::no_connection, "the old one answers no more");
  self.monitor(old);
  auto const again = co_await next<snow::down>(self);
  expect(again.pid == old && again.reason == errc::no_connection, "and is not watched");
  // Its own node does not take it for one of its own.
  auto const home = co_await peer.spawn<greeter>();
  std::vector<snow::pid> const both{old, young}, way;
  self.send<round>(home, both, way);
  co_await self.sleep_for(1s);
  auto const got = co_await self.ask<total>(young);
  expect(got == 1, "nothing of the old one's comes to the young one");
}

// ---- what a spawn brings along

struct text {
  std::string content;
};
struct recall {
  using reply_type = std::string;
};
snow::actor remembers(snow::context& self, std::string_view words, std::span<const std::uint64_t> numbers,
                      const std::string& more) {
  for (;;)
    co_await self.receive([](const text&) {},
                          [&](recall) {
                            std::string all{words};
                            for (auto const n : numbers) all += " " + std::to_string(n);
                            return all + more;
                          });
}
SNOW_REGISTER(remembers);

snow::actor makes_it_remember(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  for (std::size_t const size : {5u, 300u, 20'000u, 300'000u}) {
    std::string const words(size, 'w'), more(size / 2, 'm');
    std::vector<std::uint64_t> const numbers{1, size, 3};
    auto const p = co_await peer.spawn<remembers>(words, numbers, more);
    for (int i = 0; i < 300; ++i) self.send<text>(p, std::string(1000, 'x'));
    auto const got = co_await self.ask<recall>(p);
    expect(got == words + " 1 " + std::to_string(size) + " 3" + more, "the arguments are what they were");
  }
}

snow::actor starts(snow::context&, bool) {
  ++told.starts;
  co_return;
}
SNOW_REGISTER(starts);

snow::actor starts_with_others(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  auto const function = snow::detail::name_of_function<starts>();
  auto const as_text = co_await as_result(peer.spawn(function, "true"));
  expect(!as_text && as_text.error() == errc::signature_mismatch, "a string is no bool");
  auto const as_number = co_await as_result(peer.spawn(function, 1));
  expect(!as_number && as_number.error() == errc::signature_mismatch, "nor is a number");
  auto const too_few = co_await as_result(peer.spawn(function));
  expect(!too_few && too_few.error() == errc::signature_mismatch, "nor nothing");
  auto const too_many = co_await as_result(peer.spawn(function, true, true));
  expect(!too_many && too_many.error() == errc::signature_mismatch, "nor are two");
}
snow::actor starts_with(snow::context& self, std::string name, errc with) {
  auto const peer = co_await self.node().connect(name);
  auto const r = co_await as_result(peer.spawn<starts>(true));
  expect((r ? errc::normal : r.error().which()) == with, "the bytes are looked at");
}

// ---- how what is awaited ends

std::uint64_t twice(std::uint64_t n) {
  ++told.handled;
  return 2 * n;
}
std::uint64_t nothing() {
  return 0;
}
std::uint64_t fails(std::string what) {
  throw std::runtime_error{what};
}
SNOW_REGISTER(twice, nothing, fails);

enum class wait { ask, spawn, call };

snow::actor waits(snow::context& self, std::string name, wait what, errc* how) {
  auto const peer = co_await self.node().connect(name);
  auto const server = co_await peer.spawn<counter>();
  told = {};
  told.ready = true;
  co_await self.sleep_for(1s);
  if (what == wait::ask) {
    auto asking = self.ask<total>(server).within(24h);
    auto const r = co_await as_result(std::move(asking));
    *how = r ? errc::normal : r.error().which();
  } else if (what == wait::spawn) {
    auto starting = peer.spawn<counter>().within(24h);
    auto const r = co_await as_result(std::move(starting));
    *how = r ? errc::normal : r.error().which();
  } else {
    auto calling = peer.call<twice>(2u).within(24h);
    auto const r = co_await as_result(std::move(calling));
    *how = r ? errc::normal : r.error().which();
  }
}

snow::actor ends_when_asked(snow::context& self) {
  for (;;)
    co_await self.receive([&](total) -> snow::task<std::uint64_t> {
      self.exit(self.id(), "not me");
      co_await self.sleep_for(1h);
      co_return 0;
    });
}
snow::actor throws_when_asked(snow::context& self) {
  for (;;) co_await self.receive([&](total) -> std::uint64_t { throw std::runtime_error{"not that"}; });
}
snow::actor forgets_who_asked(snow::context& self) {
  for (;;) co_await self.receive([&](total, snow::reply_to<std::uint64_t>) {});
}
SNOW_REGISTER(ends_when_asked, throws_when_asked, forgets_who_asked);

using failures = std::map<std::string, errc>;

snow::actor fails_in_every_way(snow::context& self, std::string name, failures* all) {
  auto const peer = co_await self.node().connect(name);
  auto const zero = co_await peer.call<nothing>();
  expect(zero == 0, "0 is a value");

  auto const note = [all](const char* what, auto const& r) {
    expect(!r, what);
    all->emplace(what, r.error().which());
    return std::string_view{r.error().what()};
  };
  std::string const words = "the disk is full";
  auto const failed = co_await as_result(peer.call<fails>(words));
  expect(note("a function that throws", failed).find(words) != std::string_view::npos, "with its words");
  auto const unknown = co_await as_result(peer.spawn("nobody"));
  note("a function that is not there", unknown);
  auto const other = co_await as_result(peer.spawn(snow::detail::name_of_function<twice>(), words));
  note("a function of other parameters", other);
  std::string const long_words(20'000, 'x');
  auto const too_long = co_await as_result(peer.call<fails>(long_words));
  note("arguments beyond the limit", too_long);

  auto const asked_to_death = co_await peer.spawn<ends_when_asked>();
  auto const ended = co_await as_result(self.ask<total>(asked_to_death));
  expect(note("a callee that ends", ended).find("not me") != std::string_view::npos, "with its words");
  auto const gone = co_await as_result(self.ask<total>(asked_to_death));
  note("a callee that is gone", gone);
  auto const forgetful = co_await peer.spawn<forgets_who_asked>();
  auto const forgotten = co_await as_result(self.ask<total>(forgetful));
  note("a callee that does not answer", forgotten);
  auto const deaf_one = co_await peer.spawn<deaf>();
  auto asking = self.ask<total>(deaf_one).within(1s);
  auto const late = co_await as_result(std::move(asking));
  note("a callee that does not listen", late);
  auto const nowhere = co_await as_result(self.ask<total>(snow::named{"it", "nobody@nowhere:1"}));
  note("a node out of reach", nowhere);
}

// ---- links and kills

snow::actor links_at_birth(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  self.trap_exits(true);
  for (int i = 0; i < 10; ++i) {
    auto const p = co_await peer.spawn_link<fails_at_once>();
    auto const e = co_await next<snow::exit_signal>(self);
    expect(e.pid == p && e.reason == snow::reason{errc::exception, "enough"},
           "the link was there when it ended, and not made after");
  }
}
snow::actor ends_with_its_child(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  co_await peer.spawn_link<fails_at_once>();
  co_await self.sleep_for(1h);
}

struct frame {
  frame() { ++told.frames; }
  ~frame() { --told.frames; }
  frame(const frame&) = delete;
};
snow::actor ticks(snow::context& self) {
  frame f;
  for (;;) {
    co_await self.sleep_for(1ms);
    ++told.ticks;
  }
}
snow::actor works_off(snow::context& self) {
  frame f;
  for (;;)
    co_await self.receive([&](add) -> snow::task<> {
      frame inner;
      co_await self.sleep_for(1ms);
      ++told.ticks;
    });
}
SNOW_REGISTER(ticks, works_off);

snow::actor kills(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  auto const one = co_await peer.spawn_monitor<ticks>();
  auto const two = co_await peer.spawn_monitor<works_off>();
  for (std::uint64_t i = 0; i < 1000; ++i) self.send<add>(two.pid, i);
  co_await self.sleep_for(100ms);
  self.exit(one.pid, snow::kill);
  self.exit(two.pid, snow::kill);
  for (int i = 0; i < 2; ++i) {
    auto const d = co_await next<snow::down>(self);
    expect(d.reason == errc::killed, "it was killed");
  }
  auto const then = told;
  expect(then.ticks > 100, "both ran before");
  co_await self.sleep_for(10s);
  expect(told.ticks == then.ticks, "none of them runs any more");
}

// ---- connections

snow::actor sink(snow::context& self, std::uint64_t* bytes) {
  self.register_name("sink");
  for (;;) co_await self.receive([&](const text& t) { *bytes += t.content.size(); });
}
snow::actor floods(snow::context& self, std::string node, bool waits_each_time) {
  auto connecting = self.node().connect(node);
  co_await std::move(connecting);
  snow::named const to{"sink", node};
  std::string const line(1000, '.');
  for (int i = 0; i < 300; ++i) {
    if (waits_each_time)
      co_await self.send<text>(to, line);
    else
      self.send<text>(to, line);
  }
}

struct measure {
  using reply_type = std::uint64_t;
  std::string content;
};
snow::actor measures(snow::context& self) {
  for (;;) co_await self.receive([](const measure& m) -> std::uint64_t { return m.content.size(); });
}
SNOW_REGISTER(measures);

snow::actor sends_more_than_a_frame(snow::context& self, std::string name, std::size_t frame) {
  auto const peer = co_await self.node().connect(name);
  auto const there = co_await peer.spawn<measures>();
  for (std::size_t size = frame - 100; size < frame + 100; ++size) {
    std::string const content(size, '.');
    auto const got = co_await self.ask<measure>(there, content);
    expect(got == size, "as long as a frame, more or less");
  }
  std::string const long_one(90'000, '.'), too_long(110'000, '.');
  auto const got = co_await self.ask<measure>(there, long_one);
  expect(got == long_one.size(), "as long as a message may be");
  self.send<measure>(there, too_long);
  auto const refused = co_await as_result(self.ask<measure>(there, too_long));
  expect(!refused && refused.error() == errc::not_serializable,
         "longer than that is refused where it is sent");
  auto const then = co_await self.ask<measure>(there, "and then");
  expect(then == 8, "and the session goes on");
}

/// Writes down what becomes of a node.
snow::actor watches(snow::context& self, std::string name, std::vector<std::string>* seen) {
  self.monitor_node(name);
  for (;;)
    co_await self.receive([&](snow::node_up) { seen->push_back("up"); },
                          [&](const snow::node_down& d) { seen->push_back(d.reason.to_string()); });
}

/// Of the group "room", and "it" on its node.
snow::actor member(snow::context& self) {
  self.register_name("it");
  auto const all = co_await snow::groups::open(self);
  co_await all.join("room");
  for (;;) co_await self.receive([](total) -> std::uint64_t { return 7; });
}
/// How many members the node sees, and whether that node's "it" answers.
struct view {
  std::size_t members = 0;
  bool answered = false;
};
snow::actor looks(snow::context& self, std::string of, view* v) {
  auto connecting = self.node().connect(of).within(20s);
  co_await std::move(connecting);
  auto const all = co_await snow::groups::open(self);
  for (;;) {
    v->members = all.members("room").size();
    auto asking = self.ask<total>(snow::named{"it", of}).within(1s);
    auto const r = co_await as_result(std::move(asking));
    v->answered = r && *r == 7;
    co_await self.sleep_for(100ms);
  }
}

// ---- forgery

/// As `snow::down` and the others look, field by field.
struct my_down {
  snow::monitor_ref monitor;
  snow::pid pid;
  snow::reason reason;
};
struct my_exit {
  snow::pid pid;
  snow::reason reason;
};
struct my_up {
  std::string name;
};
struct my_node_down {
  std::string name;
  snow::reason reason;
};
struct my_change {
  std::string scope;
  std::string group;
  std::vector<snow::pid> members;
};

struct seen {
  int downs = 0, exits = 0, ups = 0, node_downs = 0, changes = 0;
  snow::monitor_ref monitor;
  snow::pid watcher, watched;
};
snow::actor believes(snow::context& self, std::string name, seen* s) {
  self.trap_exits(true);
  self.monitor_node("c@c:1");
  auto const peer = co_await self.node().connect(name);
  auto const p = co_await peer.spawn_monitor<counter>();
  self.link(p.pid);
  s->watcher = self.id(), s->watched = p.pid, s->monitor = p.monitor;
  for (;;)
    co_await self.receive(
        [&](const snow::down&) { ++s->downs; }, [&](const snow::exit_signal&) { ++s->exits; },
        [&](const snow::node_up&) { ++s->ups; }, [&](const snow::node_down&) { ++s->node_downs; },
        [&](const snow::group_joined&) { ++s->changes; }, [&](const snow::group_left&) { ++s->changes; });
}
/// Greets `to`, who is told what `sends` has said, and means itself.
struct lies {
  snow::pid to;
  std::uint64_t monitor = 0;
  snow::pid watched;
};
snow::actor liar(snow::context& self) {
  self.register_name("liar");
  for (;;)
    co_await self.receive([&](lies l) {
      std::string const c = "c@c:1";
      std::vector<snow::pid> const members{self.id()};
      snow::monitor_ref const m{l.monitor, l.watched};
      snow::reason const why = errc::killed;
      self.send<my_down>(l.to, m, l.watched, why);
      self.send<my_exit>(l.to, l.watched, why);
      self.send<my_up>(l.to, c);
      self.send<my_node_down>(l.to, c, why);
      self.send<my_change>(l.to, "snow", "room", members);
      // By their own names, too.
      self.send<snow::down>(l.to, m, l.watched, why);
      self.send<snow::exit_signal>(l.to, l.watched, why);
      self.send<snow::node_up>(l.to, c);
      self.send<snow::node_down>(l.to, c, why);
      self.send<snow::group_joined>(l.to, "snow", "room", members);
    });
}
snow::actor orders_lies(snow::context& self, std::string name, const seen* s) {
  self.send<lies>(snow::named{"liar", name}, s->watcher, s->monitor.number, s->watched);
  co_await self.sleep_for(1s);
}
snow::actor kills_one(snow::context& self, snow::pid whom) {
  self.exit(whom, snow::kill);
  co_return;
}

/// What is said to be one of mine is said to be one of snow's.
void rename(support::frame_bytes& f) {
  static const std::map<std::uint64_t, snow::type_key> names{
      {snow::type_key_of<my_down>.name_hash, snow::type_key_of<snow::down>},
      {snow::type_key_of<my_exit>.name_hash, snow::type_key_of<snow::exit_signal>},
      {snow::type_key_of<my_up>.name_hash, snow::type_key_of<snow::node_up>},
      {snow::type_key_of<my_node_down>.name_hash, snow::type_key_of<snow::node_down>},
      {snow::type_key_of<my_change>.name_hash, snow::type_key_of<snow::group_joined>}};
  if (support::tag_of(f) != snow::wire::tag::send) return;
  auto m = snow::wire::get<snow::wire::send>(support::body_of(f)).value();
  auto const it = names.find(m.type.name_hash);
  if (it == names.end()) return;
  m.type = it->second;
  snow::byte_buffer out;
  snow::wire::put(out, m);
  f.assign(out.span().begin(), out.span().end());
}

// ---- supervision

struct fail {};
snow::actor child(snow::context& self, std::string name) {
  ++told.children[name];
  self.register_name(name);
  co_await self.receive([](fail) { throw std::runtime_error{"enough"}; });
}
SNOW_REGISTER(child);

snow::actor lets_children_fail(snow::context& self, std::string name) {
  snow::supervision const what{
      .intensity = 10,
      .children = {{.id = "near", .start = snow::start<child>("near")},
                   {.id = "far", .start = snow::start<child>("far"), .nodes = {name}}}};
  self.spawn_link<snow::supervisor>(what);
  for (int n = 1; n <= 4; ++n) {
    co_await self.sleep_for(1s);
    expect(told.children["near"] == n && told.children["far"] == n, "each was started again");
    self.send<fail>(snow::named{"near", self.node().name()});
    self.send<fail>(snow::named{"far", name});
  }
}

// ---- time

snow::actor noise(snow::context& self, snow::pid to) {
  for (;;) {
    self.send<add>(to, 1);
    co_await self.sleep_for(10ms);
  }
}
SNOW_REGISTER(noise);

snow::actor waits_in_vain(snow::context& self, std::string name) {
  auto const peer = co_await self.node().connect(name);
  co_await peer.spawn<noise>(self.id());
  for (auto const limit :
       {snow::duration{0s}, snow::duration{1ms}, snow::duration{1s}, snow::duration{1min}}) {
    auto const begun = self.now();
    bool fired = false;
    co_await self.receive([](go) {}, snow::after(limit, [&] { fired = true; }));
    auto const took = self.now() - begun;
    expect(fired && took >= limit && took < limit + 1ms, "it fires when its time is over");
  }
  bool came = false;
  self.send_after<go>(500ms, self.id());
  co_await self.receive([&](go) { came = true; }, snow::after(1s, [] {}));
  expect(came, "and not when something came in time");
  std::uint64_t heard = 0;
  co_await self.receive([&](add a) { heard += a.more; }, snow::after(0s, [] {}));
  expect(heard == 1, "what was not for it is there still");
}

TEST_CASE(
    "sends, links, monitors and exits to remote pids went to the wrong actor or nowhere [S-6][S-22][S-28]") {
  told = {};
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  std::vector<snow::pid> here, there;
  a.spawn<crowd>(12, &here);
  b.spawn<crowd>(8, &there);
  sim.run_for(1s);
  run<deals_with_four>(sim, a, b.name(), &here);
  CHECK(told.strays == 0);
  CHECK(a->info().actors.size() == 12 + 1);
  CHECK(b->info().actors.size() == 8 + 2);
}

TEST_CASE("pids inside messages were not translated [S-53]") {
  told = {};
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b"), &c = sim.node("c");
  std::vector<snow::pid> at_a, at_b, at_c;
  a.spawn<crowd>(20, &at_a);
  b.spawn<crowd>(17, &at_b);
  c.spawn<crowd>(14, &at_c);
  run<connects>(sim, b, c.name());
  run<sends_pids_around>(sim, a, b.name(), c.name());
  CHECK(told.strays == 0);
}

TEST_CASE("creation was constant [S-6][S-30]") {
  told = {};
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  auto const ran = a.spawn<meets_another_of_that_name>(b.name());
  REQUIRE(sim.run_until([] { return told.ready; }));
  sim.restart("b");
  REQUIRE(sim.run_until([&] { return ran.has_ended(); }));
  CHECK(ran.exit_reason()->to_string() == "normal");
}

TEST_CASE("spawn arguments pointed into a freed buffer") {
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  run<makes_it_remember>(sim, a, b.name());
}

TEST_CASE("spawn arguments were not checked against the function [S-20]") {
  told = {};
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  run<starts_with_others>(sim, a, b.name());
  CHECK(told.starts == 0);
  run<starts_with>(sim, a, b.name(), errc::normal);
  CHECK(told.starts == 1);
  sim.tamper("a", "b", [] {
    return support::frame_by_frame([](support::frame_bytes& f, std::size_t) {
      if (support::tag_of(f) == snow::wire::tag::spawn) f.back() = std::byte{7};  // no bool
    });
  });
  sim.reset("a", "b");
  sim.run_for(1s);
  run<starts_with>(sim, a, b.name(), errc::bad_arguments);
  CHECK(told.starts == 1);
}

TEST_CASE("a reply lost with the connection blocked the caller for ever [S-11][S-16][S-35][S-68]") {
  for (auto const what : {wait::ask, wait::spawn, wait::call})
    for (bool const silent : {false, true}) {
      INFO(static_cast<int>(what) << (silent ? ", in silence" : ""));
      simulation sim;
      auto &a = sim.node("a"), &b = sim.node("b");
      auto how = errc::normal;
      told = {};
      auto const ran = a.spawn<waits>(b.name(), what, &how);
      REQUIRE(sim.run_until([] { return told.ready; }));
      auto& back = sim.weather("b", "a");
      back.latency_least = back.latency_most = 1s;
      sim.run_for(1500ms);
      REQUIRE(told.handled == 1);  // the answer is on its way
      REQUIRE(!ran.has_ended());
      silent ? sim.lose("a", "b") : sim.reset("a", "b");
      CHECK(sim.run_until([&] { return ran.has_ended(); }, silent ? 1min : 2s));
      CHECK(how == errc::no_connection);
    }
}

TEST_CASE("all failures collapsed into 0 [S-11][S-13][S-16][S-21]") {
  simulation sim{{.node = {.limits = {.message = 9000}}}};
  auto &a = sim.node("a"), &b = sim.node("b");
  failures all;
  run<fails_in_every_way>(sim, a, b.name(), &all);
  CHECK(all == failures{{"a function that throws", errc::exception},
                        {"a function that is not there", errc::function_not_found},
                        {"a function of other parameters", errc::signature_mismatch},
                        {"arguments beyond the limit", errc::not_serializable},
                        {"a callee that ends", errc::user},
                        {"a callee that is gone", errc::no_process},
                        {"a callee that does not answer", errc::abandoned},
                        {"a callee that does not listen", errc::timed_out},
                        {"a node out of reach", errc::no_connection}});
}

TEST_CASE("link after spawn was not atomic [S-18][S-28]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    simulation sim{{.seed = seed}};
    auto &a = sim.node("a"), &b = sim.node("b");
    run<links_at_birth>(sim, a, b.name());
    auto const ran = a.spawn<ends_with_its_child>(b.name());
    REQUIRE(sim.run_until([&] { return ran.has_ended(); }, 1min));
    CHECK(ran.exit_reason()->to_string() == "exception: enough");
  }
}

TEST_CASE("a killed actor kept running [S-33][S-44]") {
  told = {};
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  run<kills>(sim, a, b.name());
  CHECK(told.frames == 0);  // nor is the handler left that had begun
}

TEST_CASE("two nodes flooding each other deadlocked [S-37]") {
  snow::limits l;
  l.session_window = 32 << 10;
  l.mailbox_window = 8 << 10;
  l.outbox_high = 16 << 10;
  l.outbox_low = 4 << 10;
  snow::testing::weather narrow;
  narrow.buffer = 3000;
  simulation sim{{.weather = narrow, .node = {.limits = l}}};
  auto &a = sim.node("a"), &b = sim.node("b");
  std::uint64_t at_a = 0, at_b = 0;
  std::vector<std::string> seen_of_b;
  a.spawn<watches>(b.name(), &seen_of_b);
  a.spawn<sink>(&at_a);
  b.spawn<sink>(&at_b);
  for (bool const waits_each_time : {true, false, true, false}) {
    a.spawn<floods>(b.name(), waits_each_time);
    b.spawn<floods>(a.name(), waits_each_time);
  }
  CHECK(sim.run_until([&] { return at_a == 1'200'000 && at_b == 1'200'000; }, 1min));
  CHECK(seen_of_b == std::vector<std::string>{"up"});
}

TEST_CASE("an oversized frame killed the link [S-7][S-62]") {
  snow::limits l;
  l.frame = snow::wire::smallest_frame;
  l.message = 100'000;
  simulation sim{{.node = {.limits = l}}};
  auto &a = sim.node("a"), &b = sim.node("b");
  std::vector<std::string> seen_of_b;
  a.spawn<watches>(b.name(), &seen_of_b);
  run<sends_more_than_a_frame>(sim, a, b.name(), std::size_t{l.frame});
  sim.run_for(1min);
  CHECK(seen_of_b == std::vector<std::string>{"up"});
}

TEST_CASE("simultaneous connects kept different sockets [S-29]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    simulation sim{{.seed = seed}};
    auto &a = sim.node("a"), &b = sim.node("b");
    std::vector<std::string> seen_of_a, seen_of_b;
    a.spawn<watches>(b.name(), &seen_of_b);
    b.spawn<watches>(a.name(), &seen_of_a);
    auto const one = a.spawn<connects>(b.name()), two = b.spawn<connects>(a.name());
    CHECK(sim.run_until([&] { return one.has_ended() && two.has_ended(); }, 1min));
    sim.run_for(62s);  // between two heartbeats
    CHECK(seen_of_a == std::vector<std::string>{"up"});
    CHECK(seen_of_b == std::vector<std::string>{"up"});
    auto const at_a = a->info().sessions, at_b = b->info().sessions;
    REQUIRE(at_a.size() == 1);
    REQUIRE(at_b.size() == 1);
    CHECK(at_a[0].sent_bytes == at_b[0].received_bytes);  // of one socket
    CHECK(at_b[0].sent_bytes == at_a[0].received_bytes);
  }
}

TEST_CASE("a partial partition deleted a third node's names [S-31][S-69]") {
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b"), &c = sim.node("c");
  for (auto* const n : {&a, &b, &c}) n->spawn<member>();
  run<connects>(sim, a, b.name());
  view of_a, of_b;
  a.spawn<looks>(c.name(), &of_a);
  b.spawn<looks>(c.name(), &of_b);
  auto const both_see = [&](std::size_t n) {
    return of_a.members == n && of_b.members == n && of_a.answered && of_b.answered;
  };
  CHECK(sim.run_until([&] { return both_see(3); }, 1min));
  sim.partition({"a"}, {"b"});
  CHECK(sim.run_until([&] { return both_see(2); }, 1min));
  for (int i = 0; i < 100; ++i) {
    sim.run_for(1s);
    CHECK(both_see(2));
  }
  sim.heal();
  CHECK(sim.run_until([&] { return both_see(3); }, 1min));
}

TEST_CASE("system messages could be forged by user integers [S-22][S-54]") {
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  bool renames = false;
  sim.tamper("b", "a", [&] {
    return support::frame_by_frame([&](support::frame_bytes& f, std::size_t) {
      if (renames) rename(f);
    });
  });
  seen s;
  a.spawn<believes>(b.name(), &s);
  b.spawn<liar>();
  CHECK(sim.run_until([&] { return bool{s.watched}; }));
  for (bool const by_their_own_names : {false, true}) {
    renames = by_their_own_names;
    run<orders_lies>(sim, a, b.name(), &s);
    CHECK(s.downs + s.exits + s.ups + s.node_downs + s.changes == 0);
  }
  CHECK(a->info().rejected == 5 + 2 * 5);
  run<kills_one>(sim, a, s.watched);
  sim.run_for(1s);
  CHECK(s.downs == 1);
  CHECK(s.exits == 1);
}

TEST_CASE("receive time-outs did not fire [S-9][S-10][S-15]") {
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  run<waits_in_vain>(sim, a, b.name());
}

TEST_CASE("supervisors never restarted [S-110]") {
  told = {};
  simulation sim;
  auto &a = sim.node("a"), &b = sim.node("b");
  run<lets_children_fail>(sim, a, b.name());
}

}  // namespace ancestor

#include "snow/node/neighbours.hpp"

#include <cstring>
#include <deque>

#include "support/catch.hpp"

namespace neighbours_test {

namespace {

using namespace std::chrono_literals;
using snow::errc;
using snow::error;
using snow::neighbours;

/// A connection that remembers what it was told.
struct fake_connection : snow::connection {
  fake_connection(std::string of, std::uint64_t incarnation, bool dialled_here)
      : name{std::move(of)}, creation{incarnation}, by_us{dialled_here} {}
  const std::string& peer_name() const noexcept override { return name; }
  std::uint64_t peer_creation() const noexcept override { return creation; }
  bool dialled() const noexcept override { return by_us; }
  void open() override { told += "open "; }
  void refuse(errc why) override { told.append("refuse ").append(snow::to_string(why)).append(" "); }
  void probe() override { told += "probe "; }
  void close(errc why) override { told.append("close ").append(snow::to_string(why)).append(" "); }
  void goodbye() override { told += "goodbye "; }

  std::string const name;
  std::uint64_t const creation;
  bool const by_us;
  std::string told;
};

struct no_jitter final : snow::random {
  void fill(std::span<std::byte> out) override { std::memset(out.data(), 0, out.size()); }
};

struct world : neighbours::actions {
  explicit world(std::string own) : all{std::move(own), *this, jitter, 10} {}

  void dial(const std::string& name) override { story += "dial " + name + "; "; }
  void connected(const neighbours::waiter& w, const std::string& name) override {
    story += "connected " + std::to_string(w.number) + " " + name + "; ";
  }
  void not_connected(const neighbours::waiter& w, const error& why) override {
    story += "failed " + std::to_string(w.number) + " " + std::string{snow::to_string(why.which())} + "; ";
  }
  void tried(const neighbours::waiter& w, const error&) override {
    story += "tried " + std::to_string(w.number) + "; ";
  }
  void node_is_up(const snow::connection& c) override { story += "up " + c.peer_name() + "; "; }
  void node_is_down(const std::string& name, const error&) override { story += "down " + name + "; "; }

  auto proved(std::string name, std::uint64_t creation, bool by_us) {
    auto c = std::make_shared<fake_connection>(std::move(name), creation, by_us);
    all.on_proved(c, now);
    return c;
  }
  std::string told() { return std::exchange(story, {}); }
  void pass(snow::duration d) {
    for (snow::time_point const until = now + d; now < until;) {
      now = std::min(until, std::max(all.next(), now));
      all.tick(now);
    }
  }

  no_jitter jitter;
  std::string story;
  snow::time_point now{};
  neighbours all;
};

neighbours::waiter asker(std::uint64_t n) {
  return {{snow::this_node, 1, 1}, n};
}
error const refused{errc::no_connection, "connection refused"};

}  // namespace

TEST_CASE("the smaller name opens the first proved connection, and who waits is told once it runs") {
  world a{"a@h:1"};
  a.all.want("b@h:2", asker(1), a.now);
  a.all.want("b@h:2", asker(2), a.now);
  CHECK(a.told() == "dial b@h:2; ");
  auto const c = a.proved("b@h:2", 7, true);
  CHECK(c->told == "open ");
  CHECK(a.told().empty());
  a.all.on_running(*c);
  CHECK(a.told() == "up b@h:2; connected 1 b@h:2; connected 2 b@h:2; ");
  a.all.want("b@h:2", asker(3), a.now);
  CHECK(a.told() == "connected 3 b@h:2; ");
}

TEST_CASE("the greater name waits for the other's OPEN [S-29]") {
  world b{"b@h:2"};
  auto const c = b.proved("a@h:1", 7, false);
  CHECK(c->told.empty());
  b.all.on_opened(*c, b.now);
  CHECK(c->told == "open ");
}

TEST_CASE("of two simultaneous connections one stays, on both sides the same [S-29]") {
  world a{"a@h:1"};
  world b{"b@h:2"};
  a.all.want("b@h:2", asker(1), a.now);
  b.all.want("a@h:1", asker(2), b.now);
  auto const a1 = a.proved("b@h:2", 7, true);
  auto const b1 = b.proved("a@h:1", 5, false);
  auto const b2 = b.proved("a@h:1", 5, true);
  auto const a2 = a.proved("b@h:2", 7, false);
  CHECK(a1->told == "open probe ");
  a.all.on_running(*a1);
  a.all.on_pong(*a1);
  CHECK(a2->told == "refuse duplicate ");
  b.all.on_opened(*b1, b.now);
  b.all.on_running(*b1);
  a.all.on_closed(*a2, error{errc::duplicate}, a.now);
  b.all.on_closed(*b2, error{errc::duplicate}, b.now);
  CHECK(a.told() == "dial b@h:2; up b@h:2; connected 1 b@h:2; ");
  CHECK(b.told() == "dial a@h:1; up a@h:1; connected 2 a@h:1; ");
  b.pass(1h);
  CHECK(b.told().empty());
}

TEST_CASE("a live session survives a newcomer under its name, who gets name_in_use [S-56]") {
  for (auto const* own : {"a@h:1", "z@h:9"}) {
    world w{own};
    auto const old = w.proved("n@h:5", 1, false);
    w.all.on_opened(*old, w.now);
    w.all.on_running(*old);
    auto const impostor = w.proved("n@h:5", 2, false);
    CHECK(old->told == "open probe ");
    CHECK(impostor->told.empty());
    w.all.on_pong(*old);
    CHECK(impostor->told == "refuse name_in_use ");
    w.pass(10s);
    CHECK(old->told == "open probe ");
  }
}

TEST_CASE(
    "a session that is silent gives way, and its end is told before the next begins [S-4] [S-25] [S-30] "
    "[S-57]") {
  world w{"a@h:1"};
  auto const old = w.proved("n@h:5", 1, false);
  w.all.on_running(*old);
  auto const fresh = w.proved("n@h:5", 2, false);
  w.pass(999ms);
  CHECK(old->told == "open probe ");
  w.pass(1ms);
  CHECK(old->told == "open probe close timed_out ");
  CHECK(fresh->told.empty());
  w.told();
  w.all.on_closed(*old, error{errc::timed_out}, w.now);
  CHECK(fresh->told == "open ");
  w.all.on_running(*fresh);
  CHECK(w.told() == "down n@h:5; up n@h:5; ");
}

TEST_CASE("a session whose answer to the probe stands behind a slow stream keeps its place [S-56]") {
  world w{"a@h:1"};
  auto const old = w.proved("n@h:5", 1, false);
  w.all.on_running(*old);
  auto const fresh = w.proved("n@h:5", 1, false);
  for (int i = 0; i < 4; ++i) {
    w.pass(900ms);
    w.all.on_heard(*old, w.now);
  }
  CHECK(old->told == "open probe ");
  w.all.on_pong(*old);
  CHECK(fresh->told == "refuse duplicate ");
  w.all.on_heard(*old, w.now);
  w.pass(10s);
  CHECK(old->told == "open probe ");
}

TEST_CASE(
    "of connections with two incarnations the newest is opened, and refuses none before it lives [S-57]") {
  world a{"a@h:1"};
  auto const open = a.proved("b@h:2", 7, false);
  a.all.on_running(*open);
  auto const another_of_old = a.proved("b@h:2", 7, true);
  auto const of_new = a.proved("b@h:2", 8, false);
  a.all.on_closed(*open, error{errc::no_connection}, a.now);
  CHECK(of_new->told == "open probe ");
  CHECK(another_of_old->told.empty());
  a.all.on_pong(*of_new);
  CHECK(another_of_old->told == "refuse name_in_use ");
}

TEST_CASE("connect tries again until nobody waits, and tells of each failure") {
  world a{"a@h:1"};
  a.all.want("b@h:2", asker(1), a.now);
  a.told();
  for (int i = 0; i < 20; ++i) {
    a.all.on_dial_failed("b@h:2", refused, a.now);
    CHECK(a.told() == "tried 1; ");
    a.pass(400ms);
    CHECK(a.told() == "dial b@h:2; ");
  }
  a.all.unwant("b@h:2", asker(1));
  a.all.on_dial_failed("b@h:2", refused, a.now);
  a.pass(1h);
  CHECK(a.told().empty());
}

TEST_CASE("a failure that trying again cannot mend ends connect at once") {
  for (errc const why : {errc::bad_cookie, errc::bad_version, errc::name_in_use, errc::not_allowed}) {
    world a{"a@h:1"};
    a.all.want("b@h:2", asker(1), a.now);
    a.all.on_dial_failed("b@h:2", error{why}, a.now);
    CHECK(a.told() == "dial b@h:2; failed 1 " + std::string{snow::to_string(why)} + "; ");
    a.pass(1h);
    CHECK(a.told().empty());
    CHECK(a.all.size() == 0);
  }
}

TEST_CASE("a peer that was connected and is lost is dialled again, more and more seldom, until disconnect") {
  world a{"a@h:1"};
  a.all.want("b@h:2", asker(1), a.now);
  auto const c = a.proved("b@h:2", 7, true);
  a.all.on_running(*c);
  a.told();
  a.all.on_closed(*c, refused, a.now);
  CHECK(a.told() == "down b@h:2; ");
  int dials = 0;
  for (snow::time_point const until = a.now + 60s; a.now < until;) {
    a.pass(50ms);
    if (!a.told().empty()) {
      ++dials;
      a.all.on_dial_failed("b@h:2", refused, a.now);
    }
  }
  CHECK(dials > 8);
  CHECK(dials < 20);
  a.all.disconnect("b@h:2");
  a.pass(1h);
  CHECK(a.told().empty());
  CHECK(a.all.size() == 0);
}

TEST_CASE("who opened a connection and is told name_in_use then does not come again [S-56]") {
  world a{"a@h:1"};
  a.all.want("b@h:2", asker(1), a.now);
  auto const c = a.proved("b@h:2", 7, true);
  a.all.on_running(*c);
  a.told();
  a.all.on_closed(*c, error{errc::name_in_use}, a.now);
  CHECK(a.told() == "down b@h:2; ");
  CHECK(a.all.next() == snow::time_point::max());
  CHECK(a.all.size() == 0);
}

TEST_CASE("a node that only accepted a connection does not dial when it is lost [S-60]") {
  world a{"a@h:1"};
  auto const c = a.proved("b@h:2", 7, false);
  a.all.on_running(*c);
  a.all.on_closed(*c, refused, a.now);
  CHECK(a.told() == "up b@h:2; down b@h:2; ");
  a.pass(1h);
  CHECK(a.told().empty());
  CHECK(a.all.size() == 0);
}

TEST_CASE("a name that a peer told of is given up after ten failures") {
  world a{"a@h:1"};
  a.all.heard_of("b@h:2", a.now);
  int dials = 0;
  while (!a.told().empty()) {
    ++dials;
    a.all.on_dial_failed("b@h:2", refused, a.now);
    a.pass(1min);
  }
  CHECK(dials == 10);
  CHECK(a.all.size() == 0);
}

TEST_CASE("connections of one name that wait to be opened or refused are bounded [S-36]") {
  world z{"z@h:9"};
  for (std::size_t i = 0; i < neighbours::most_proved; ++i) CHECK(z.proved("a@h:1", i, false)->told.empty());
  auto const one_more = z.proved("a@h:1", 99, false);
  CHECK(one_more->told == "refuse overloaded ");
  z.all.on_closed(*one_more, error{errc::overloaded}, z.now);
  CHECK(z.all.size() == 1);
}

TEST_CASE("the number of other nodes is bounded") {
  world a{"a@h:1"};
  for (int i = 0; i < 10; ++i) a.proved("n" + std::to_string(i) + "@h:5", 1, false);
  auto const more = a.proved("more@h:5", 1, false);
  CHECK(more->told == "refuse overloaded ");
  a.all.want("else@h:5", asker(1), a.now);
  CHECK(a.told() == "failed 1 overloaded; ");
}

TEST_CASE("leaving says goodbye to all, takes nobody new, and ends with the last") {
  world a{"a@h:1"};
  auto const b = a.proved("b@h:2", 7, false);
  auto const c = a.proved("c@h:3", 7, false);
  a.all.on_running(*b);
  a.all.want("d@h:4", asker(1), a.now);
  a.told();
  bool done = false;
  a.all.leave([&] { done = true; });
  CHECK(a.told() == "failed 1 shutting_down; ");
  CHECK(b->told == "open goodbye ");
  CHECK(c->told == "open goodbye ");
  CHECK(a.proved("e@h:5", 1, false)->told == "refuse shutting_down ");
  a.all.on_closed(*b, error{errc::shutdown}, a.now);
  CHECK_FALSE(done);
  a.all.on_closed(*c, error{errc::shutdown}, a.now);
  CHECK(done);
}

}  // namespace neighbours_test

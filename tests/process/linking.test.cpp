#include "snow/process/linking.hpp"

#include <chrono>
#include <stdexcept>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace linking_test {

using namespace std::chrono_literals;
using support::expect;

namespace {

struct go {};
struct marker {};
struct who {
  snow::pid pid;
};

snow::actor nothing(snow::context&) {
  co_return;
}
snow::actor silent(snow::context& self) {
  co_await self.receive([](go) {});
}
snow::actor throws_at_once(snow::context&) {
  throw std::runtime_error{"enough"};
  co_return;
}
struct linked {};
snow::actor links_to(snow::context& self, snow::pid other) {
  self.link(other);
  self.send<linked>(self.parent());
  co_await self.receive([](go) {});
}

/// The next exit that comes.
snow::task<snow::exit_signal> next_exit(snow::context& self) {
  co_return co_await self.receive([](snow::exit_signal e) { return e; },
                                  snow::after(10s, []() -> snow::exit_signal {
                                    expect(false);
                                    return {};
                                  }));
}
snow::task<> no_exit(snow::context& self) {
  co_await self.receive([](snow::exit_signal) { expect(false); }, snow::after(2ms, [] {}));
}

// ---- who ends with whom

snow::actor ends_together(snow::context& self) {
  // Either end, whoever made the link.
  auto const first = self.spawn_monitor<silent>();
  auto const second = self.spawn_monitor<links_to>(first.pid);
  co_await self.receive([](linked) {});
  self.exit(first.pid, "enough");
  for (int i = 0; i < 2; ++i)
    co_await self.receive([&](snow::down d) { expect(d.reason == snow::reason{"enough"}); });

  auto const third = self.spawn_monitor<silent>();
  auto const fourth = self.spawn_monitor<links_to>(third.pid);
  co_await self.receive([](linked) {});
  self.exit(fourth.pid, snow::errc::shutdown);
  for (int i = 0; i < 2; ++i)
    co_await self.receive([&](snow::down d) { expect(d.reason == snow::errc::shutdown); });
  expect(second.pid != fourth.pid);
}
snow::actor outlives_normal(snow::context& self) {
  auto const p = self.spawn_monitor<silent>();
  auto const q = self.spawn_monitor<links_to>(p.pid);
  co_await self.receive([](linked) {});
  self.send<go>(p.pid);
  co_await self.receive([&](snow::down d) { expect(d.pid == p.pid && d.reason == snow::errc::normal); });
  self.send<go>(q.pid);
  co_await self.receive([&](snow::down d) { expect(d.pid == q.pid && d.reason == snow::errc::normal); });
}
snow::actor traps_all(snow::context& self) {
  self.trap_exits(true);
  auto const normal = self.spawn_link<nothing>();
  auto const end = co_await next_exit(self);
  expect(end.pid == normal && end.reason == snow::errc::normal);

  auto const thrown = self.spawn_link<throws_at_once>();
  auto const thrown_end = co_await next_exit(self);
  expect(thrown_end.pid == thrown && thrown_end.reason == snow::errc::exception);

  auto const killed = self.spawn_link<silent>();
  self.exit(killed, snow::kill);
  auto const killed_end = co_await next_exit(self);
  expect(killed_end.pid == killed && killed_end.reason == snow::errc::killed);
  co_await no_exit(self);
}
snow::actor killed_by_the_killed(snow::context& self) {
  auto const p = self.spawn_monitor<silent>();
  auto const q = self.spawn_monitor<links_to>(p.pid);
  co_await self.receive([](linked) {});
  self.exit(p.pid, snow::kill);
  co_await self.receive([&](snow::down d) { expect(d.reason == snow::errc::killed); });
  co_await self.receive([&](snow::down d) { expect(d.reason == snow::errc::killed); });
  expect(p.pid != q.pid);
}

// ---- nobody there

snow::actor links_to_nobody(snow::context& self) {
  self.trap_exits(true);
  auto const gone = self.spawn_monitor<nothing>();
  co_await self.receive([](snow::down) {});
  self.link(gone.pid);
  auto const first = co_await next_exit(self);
  expect(first.pid == gone.pid && first.reason == snow::errc::no_process);
  self.link({});
  auto const second = co_await next_exit(self);
  expect(!second.pid && second.reason == snow::errc::no_process);
  self.link({9, 0, 0});
  auto const third = co_await next_exit(self);
  expect(third.reason == snow::errc::no_connection);
  self.link(self.id());
  self.unlink(self.id());
  self.unlink(gone.pid);
  co_await no_exit(self);
}
snow::actor links_blindly(snow::context& self, snow::pid gone) {
  self.link(gone);
  co_await self.receive([](go) {});
}
snow::actor ends_by_no_process(snow::context& self) {
  auto const gone = self.spawn_monitor<nothing>();
  co_await self.receive([](snow::down) {});
  self.spawn_monitor<links_blindly>(gone.pid);
  co_await self.receive([&](snow::down d) { expect(d.reason == snow::errc::no_process); });
}

// ---- once, and undone

snow::actor links_often(snow::context& self) {
  self.trap_exits(true);
  auto const p = self.spawn_link<silent>();
  for (int i = 0; i < 10; ++i) self.link(p);
  self.exit(p, "enough");
  auto const e = co_await next_exit(self);
  expect(e.reason == snow::reason{"enough"});
  co_await no_exit(self);

  auto const q = self.spawn_link<silent>();
  for (int i = 0; i < 10; ++i) self.link(q);
  self.unlink(q);
  self.exit(q, "enough");
  co_await no_exit(self);
}
// Whether the exit is on its way, in the mailbox or taken in: after unlink none comes.
snow::actor unlinks(snow::context& self) {
  self.trap_exits(true);
  for (int i = 0; i < 200; ++i) {
    auto const p = self.spawn_link<nothing>();
    if (i % 4 == 1) co_await self.sleep_for(0ns);
    if (i % 4 == 2) co_await self.sleep_for(20us);
    if (i % 4 == 3) {  // taken in for certain, and skipped
      co_await self.sleep_for(50us);
      self.send<marker>(self.id());
      co_await self.receive([](marker) {});
    }
    self.unlink(p);
    self.unlink(p);  // does nothing
    co_await self.receive([](snow::exit_signal) { expect(false); },
                          snow::after(i % 8 == 0 ? 100us : 0us, [] {}));
  }
  co_await no_exit(self);
}
snow::actor exits_a_stranger(snow::context& self, snow::pid to) {
  self.exit(to, "on purpose");
  co_return;
}
snow::actor keeps_what_was_said_on_purpose(snow::context& self) {
  self.trap_exits(true);
  auto const p = self.spawn_link<exits_a_stranger>(self.id());
  self.monitor(p);
  co_await self.receive([](snow::down) {});
  self.unlink(p);
  auto const e = co_await next_exit(self);
  expect(e.pid == p && e.reason == snow::reason{"on purpose"});
  co_await no_exit(self);
}
snow::actor links_again(snow::context& self) {
  self.trap_exits(true);
  auto const p = self.spawn_link<silent>();
  for (int i = 0; i < 100; ++i) {
    self.unlink(p);
    self.link(p);
    if (i % 3 == 0) co_await self.sleep_for(1us);
  }
  self.exit(p, "enough");
  auto const e = co_await next_exit(self);
  expect(e.pid == p && e.reason == snow::reason{"enough"});
  co_await no_exit(self);
}

// What one that is gone said before is still on its way when it is unlinked.
snow::actor unlinks_what_is_gone(snow::context& self) {
  self.trap_exits(true);
  auto const gone = self.spawn_monitor<nothing>();
  co_await self.receive([](snow::down) {});
  auto& env = snow::environment::current();
  for (bool const links_first : {true, false}) {
    snow::detail::signal_link(env, snow::signal_kind::link, {.from = gone.pid, .to = self.id()});
    snow::detail::signal_broken(env, {self.id(), gone.pid, 0}, "enough");
    if (links_first) self.link(gone.pid);
    self.unlink(gone.pid);
    if (links_first) co_await no_exit(self);
  }
  // It was not linked yet: that `unlink` undoes nothing.
  auto const e = co_await next_exit(self);
  expect(e.reason == snow::reason{"enough"});
}

// ---- explicit exits, as Erlang's manual has them

snow::actor exits_itself_with_normal(snow::context& self) {
  self.exit(self.id(), snow::errc::normal);
  co_await self.receive([](go) {});
}
snow::actor exits_itself_trapping(snow::context& self) {
  self.trap_exits(true);
  self.exit(self.id(), snow::errc::normal);
  auto const e = co_await next_exit(self);
  expect(e.pid == self.id() && e.reason == snow::errc::normal);
}
snow::actor exits_by_hand(snow::context& self) {
  auto const own = self.spawn_monitor<exits_itself_with_normal>();
  co_await self.receive([&](snow::down d) { expect(d.pid == own.pid && d.reason == snow::errc::normal); });
  auto const p = self.spawn_monitor<silent>();
  self.exit(p.pid, snow::errc::normal);
  co_await self.receive([](snow::down) { expect(false); }, snow::after(2ms, [] {}));
  self.exit(p.pid, snow::errc::killed);  // the word, not the order
  co_await self.receive([&](snow::down d) { expect(d.reason == snow::errc::killed); });
}
snow::actor traps_the_word(snow::context& self) {
  self.trap_exits(true);
  self.exit(self.id(), snow::errc::killed);
  auto const e = co_await next_exit(self);
  expect(e.reason == snow::errc::killed);
}
snow::actor goes_on_to_its_next_await(snow::context& self) {
  self.exit(self.id(), "enough");
  self.send<marker>(self.parent());
  co_await self.receive([](go) {});
}
// Unlike Erlang's exit/2, which does not return then.
snow::actor exits_itself(snow::context& self) {
  auto const p = self.spawn_monitor<goes_on_to_its_next_await>();
  co_await self.receive([](marker) {}, [](snow::down) { expect(false); });
  co_await self.receive([&](snow::down d) { expect(d.pid == p.pid && d.reason == snow::reason{"enough"}); });
}
// Unlike Erlang's link/1, which then throws where it knows at once that nobody is there.
snow::actor thinks_better_of_it(snow::context& self, snow::pid gone) {
  self.link(gone);
  self.unlink(gone);
  co_await self.receive([](go) {});
}
snow::actor links_and_unlinks_nobody(snow::context& self) {
  auto const gone = self.spawn_monitor<nothing>();
  co_await self.receive([](snow::down) {});
  auto const p = self.spawn_monitor<thinks_better_of_it>(gone.pid);
  self.send<go>(p.pid);
  co_await self.receive([&](snow::down d) { expect(d.pid == p.pid && d.reason == snow::errc::normal); });
}

// ---- both gone, and many

snow::actor gone_both_ways(snow::context& self) {
  for (int i = 0; i < 100; ++i) {
    auto const p = self.spawn_monitor<silent>();
    auto const q = self.spawn_monitor<links_to>(p.pid);
    self.exit(p.pid, snow::kill);
    self.exit(q.pid, snow::kill);
    for (int k = 0; k < 2; ++k)
      co_await self.receive([&](snow::down d) {
        expect(d.reason == snow::errc::killed || d.reason == snow::errc::no_process);
      });
  }
}

}  // namespace

TEST_CASE("linked actors end together, whichever of them made the link", "[S-28][S-71]") {
  for (std::size_t const workers : {1u, 2u}) support::run_actors<ends_together>(workers);
}
TEST_CASE("the normal end of an actor ends nobody that is linked to it", "[S-28]") {
  support::run_actors<outlives_normal>();
}
TEST_CASE("one that traps exits receives each reason and lives, that of a killed one too", "[S-28][S-45]") {
  for (std::size_t const workers : {1u, 2u}) support::run_actors<traps_all>(workers);
}
TEST_CASE("who is linked to a killed actor ends as killed", "[S-28][S-45]") {
  support::run_actors<killed_by_the_killed>();
}
TEST_CASE("a link to nobody is an exit with no_process, or no_connection", "[S-71]") {
  support::run_actors<links_to_nobody>();
  support::run_actors<ends_by_no_process>();
}
TEST_CASE("a link is one, however often it is made", "[S-26]") {
  support::run_actors<links_often>();
}
TEST_CASE("after unlink no exit of that link comes", "[S-27]") {
  for (std::size_t const workers : {1u, 2u, 4u}) support::run_actors<unlinks>(workers);
}
TEST_CASE("after unlink no exit comes of one that is gone either, whatever it said before", "[S-27]") {
  support::run_actors<unlinks_what_is_gone>();
}
TEST_CASE("unlink leaves what its process said on purpose, which still acts", "[S-46]") {
  support::run_actors<keeps_what_was_said_on_purpose>();
}
TEST_CASE("a link that is made again acts", "[S-27][S-47]") {
  for (std::size_t const workers : {1u, 2u}) support::run_actors<links_again>(workers);
}
TEST_CASE("exits by hand are those of Erlang's manual", "[S-28]") {
  support::run_actors<exits_by_hand>();
  support::run_actors<exits_itself_trapping>();
  support::run_actors<traps_the_word>();
}
TEST_CASE("an exit of oneself acts at the next co_await", "[S-28][S-33]") {
  for (std::size_t const workers : {1u, 2u}) support::run_actors<exits_itself>(workers);
}
TEST_CASE("who unlinks before its next co_await never feels that nobody was there", "[S-27][S-71]") {
  support::run_actors<links_and_unlinks_nobody>();
}
TEST_CASE("two linked actors may be killed at once", "[S-28]") {
  for (std::size_t const workers : {1u, 2u}) support::run_actors<gone_both_ways>(workers);
}

}  // namespace linking_test

#include "snow/cluster/embedded_store.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "snow/actor.hpp"
#include "snow/cluster.hpp"
#include "snow/testing.hpp"
#include "support/catch.hpp"

namespace storing {

using namespace std::chrono_literals;

struct outcome {
  std::vector<std::string> said;
  std::vector<std::string> changes;
  std::uint64_t lease = 0;
};

snow::bytes text(std::string_view t) {
  return snow::bytes::copy_of(t);
}

snow::actor keeps_store(snow::context& self) {
  snow::start_store(self, {.longest = 10s, .first_revision = 100, .first_start = true});
  co_return;
}

snow::actor watches(snow::context& self, outcome* o) {
  snow::embedded_store s{self.node().name()};
  co_await s.watch(self, "k", 1s);
  for (;;)
    co_await self.receive([&](const snow::store_changed& c) {
      o->changes.push_back(c.key + "=" + (c.entry ? std::string{c.entry->value.text()} : "nothing"));
    });
}

/// Everything that a store does, once.
snow::actor uses(snow::context& self, outcome* o) {
  snow::embedded_store s{self.node().name()};
  auto const say = [&](std::string what) { o->said.push_back(std::move(what)); };
  auto const first = co_await s.grant(self, 2s, 1s);
  auto const second = co_await s.grant(self, 10s, 1s);
  auto const put = co_await s.put_if_absent(self, "k", text("v"), first, 1s);
  say("put " + std::to_string(put.value_or(0)));
  auto const again = co_await s.put_if_absent(self, "k", text("w"), second, 1s);
  say("again " + std::to_string(again.value_or(0)));
  auto const entry = co_await s.get(self, "k", 1s);
  say("got " + std::string{entry->value.text()} + " " + std::to_string(entry->revision));
  co_await self.sleep_for(1500ms);
  bool const renewed = co_await s.renew(self, first, 1s);
  say(renewed ? "renewed" : "not renewed");
  co_await self.sleep_for(1500ms);
  auto const alive = co_await s.get(self, "k", 1s);
  say(alive ? "alive" : "gone");
  co_await self.sleep_for(600ms);
  auto const late = co_await s.renew(self, first, 1s);
  say(late ? "renewed" : "run out");
  auto const put_again = co_await s.put_if_absent(self, "k", text("w"), second, 1s);
  say("put " + std::to_string(put_again.value_or(0)));
  co_await s.revoke(self, second, 1s);
  auto const revoked = co_await s.get(self, "k", 1s);
  say(revoked ? "alive" : "revoked");
  for (int wrong = 0; wrong < 4; ++wrong) try {
      if (wrong == 0) co_await s.put_if_absent(self, "k", text("x"), second, 1s);
      if (wrong == 1) co_await s.grant(self, 11s, 1s);
      if (wrong == 2) co_await s.grant(self, 0s, 1s);
      auto const third = co_await s.grant(self, 1s, 1s);
      std::string const long_key(256, 'k');
      co_await s.put_if_absent(self, long_key, text("x"), third, 1s);
    } catch (const snow::error& e) {
      say(std::string{to_string(e.which())});
    }
}

snow::actor lends(snow::context& self, outcome* o) {
  snow::embedded_store s{self.node().name()};
  o->lease = co_await s.grant(self, 10s, 1s);
  co_await s.put_if_absent(self, "k", text("v"), o->lease, 1s);
  co_await self.sleep_for(5s);
  auto const there = co_await s.get(self, "k", 1s);
  o->said.push_back(there ? "there" : "gone");
}
/// What is another node's.
snow::actor takes(snow::context& self, std::string node, outcome* o) {
  co_await self.node().connect(node);
  snow::embedded_store s{node};
  bool const renewed = co_await s.renew(self, o->lease, 1s);
  o->said.push_back(renewed ? "renewed" : "not renewed");
  co_await s.revoke(self, o->lease, 1s);
  try {
    co_await s.put_if_absent(self, "other", text("v"), o->lease, 1s);
  } catch (const snow::error& e) {
    o->said.push_back(std::string{to_string(e.which())});
  }
}

using namespace std::chrono_literals;

TEST_CASE("an embedded store keeps what is put under a lease as long as it is renewed") {
  snow::testing::simulation sim;
  storing::outcome o;
  auto& a = sim.node("a");
  a.spawn<storing::keeps_store>();
  sim.run_for(1ms);
  a.spawn<storing::watches>(&o);
  a.spawn<storing::uses>(&o);
  sim.run_for(1min);
  CHECK(o.said == std::vector<std::string>{"put 101", "again 0", "got v 101", "renewed", "alive", "run out",
                                           "put 102", "revoked", "not_allowed", "bad_arguments",
                                           "bad_arguments", "bad_arguments"});
  CHECK(o.changes == std::vector<std::string>{"k=v", "k=nothing", "k=w", "k=nothing"});
}

TEST_CASE("a lease is its own node's alone [S-88]") {
  snow::testing::simulation sim;
  storing::outcome o;
  auto& a = sim.node("a");
  a.spawn<storing::keeps_store>();
  sim.run_for(1ms);
  a.spawn<storing::lends>(&o);
  sim.run_for(10ms);
  REQUIRE(o.lease != 0);
  sim.node("b").spawn<storing::takes>(a.name(), &o);
  sim.run_for(10s);
  CHECK(o.said == std::vector<std::string>{"not renewed", "not_allowed", "there"});
}

}  // namespace storing

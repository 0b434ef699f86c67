#include "snow/process/receive.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

using namespace std::chrono_literals;
using support::expect;

namespace receive_test {

struct word {
  std::string text;
};
struct number {
  int n;
};
struct other {};
struct length {
  using reply_type = std::size_t;
  std::string text;
};

// ---- which message

snow::actor selects(snow::context& self) {
  self.send<word>(self.id(), "a");
  self.send<other>(self.id());
  self.send<number>(self.id(), 1);
  self.send<word>(self.id(), "b");
  self.send<number>(self.id(), 2);
  std::string got;
  co_await self.receive([&](other) { got += "other "; });
  auto const text = [&](const word& w) { got += w.text + " "; };
  auto const digits = [&](number n) { got += std::to_string(n.n) + " "; };
  for (int i = 0; i < 4; ++i) co_await self.receive(digits, text);
  expect(got == "other a 1 b 2 ");
}

void freely(const number& n) {
  expect(n.n == 3);
}
snow::actor takes_in_each_way(snow::context& self) {
  for (int i = 0; i < 4; ++i) self.send<word>(self.id(), "a word that is too long for the string itself");
  self.send<number>(self.id(), 3);
  std::string kept;
  co_await self.receive([&](word w) { kept = std::move(w.text); });
  co_await self.receive([&](const word& w) { expect(w.text == kept); });
  co_await self.receive([&](word&& w) { expect(std::exchange(w.text, {}) == kept); });
  int tried = 0;
  co_await self.receive([&](word) { tried = 1; }, [&](const word&) { tried = 2; });
  expect(tried == 1);
  co_await self.receive(&freely);
}

snow::actor takes_any(snow::context& self) {
  self.send<number>(self.id(), 5);
  self.send<word>(self.id(), "five");
  self.send<other>(self.id());
  std::string got;
  co_await self.receive([&](snow::message m) {
    expect(m.is<number>() && !m.is<word>());
    got += std::to_string(m.get<number>().n);
    try {
      static_cast<void>(m.get<word>());
      expect(false);
    } catch (const snow::error& e) {
      expect(e == snow::errc::signature_mismatch);
    }
  });
  // What stands before it goes first; whatever else comes is its.
  auto const rest = [&](snow::message) { got += " any"; };
  co_await self.receive([&](word w) { got += " " + w.text; }, rest);
  co_await self.receive([&](word w) { got += " " + w.text; }, rest);
  expect(got == "5 five any");
}

// ---- what it gives

using gives_long = snow::receive_operation<int (*)(number), long (*)(word)>;
static_assert(std::same_as<gives_long::value_type, long>);
using gives_text = snow::receive_operation<const char* (*)(number), std::string (*)(word)>;
static_assert(std::same_as<gives_text::value_type, std::string>);
using gives_nothing = snow::receive_operation<void (*)(number), std::size_t (*)(length)>;
static_assert(std::is_void_v<gives_nothing::value_type>);
using defers = snow::receive_operation<void (*)(length, snow::reply_to<std::size_t>)>;
static_assert(std::is_void_v<defers::value_type>);

snow::actor gives(snow::context& self) {
  self.send<number>(self.id(), 7);
  auto const got = co_await self.receive([](number n) { return n.n; }, [](word) { return 1L; },
                                         snow::after(1h, [] { return short{0}; }));
  static_assert(std::same_as<decltype(got), const long>);
  expect(got == 7);
  auto const text =
      co_await self.receive([](word w) { return w.text; }, snow::after(0ns, [] { return "nothing"; }));
  expect(text == "nothing");
}

// ---- its bound

snow::actor waits_bounded(snow::context& self, std::string* log) {
  for (;;) co_await self.receive([&](word w) { *log += w.text; }, snow::after(10ms, [&] { *log += "."; }));
}

snow::actor looks_once(snow::context& self) {
  int came = 0;
  auto const look = [&]() -> snow::task<int> {
    co_return co_await self.receive([](number n) { return n.n; }, snow::after(0ns, [] { return -1; }));
  };
  expect(co_await look() == -1);
  self.send<word>(self.id(), "not this");
  self.send<number>(self.id(), 4);
  expect(co_await look() == 4);
  expect(co_await look() == -1);
  co_await self.receive([&](word) { ++came; });
  expect(came == 1);
}

snow::actor bounded_anew(snow::context& self, int* fired) {
  self.send<number>(self.id(), 1);
  co_await self.receive([](number) {}, snow::after(10ms, [&] { *fired += 100; }));
  co_await self.receive([](number) {}, snow::after(30ms, [&] { ++*fired; }));
}

// ---- handlers that are coroutines

snow::actor answers_slowly(snow::context& self) {
  for (;;)
    co_await self.receive([&](length q) -> snow::task<std::size_t> {
      co_await self.sleep_for(0ns);
      if (q.text == "throw") throw std::runtime_error{"as asked"};
      co_return q.text.size();
    });
}
snow::actor awaits_in_handlers(snow::context& self) {
  auto const p = self.spawn<answers_slowly>();
  expect(co_await self.ask<length>(p, "four") == 4);
  // Mail that comes meanwhile keeps its order.
  for (int i = 0; i < 3; ++i) self.send<number>(self.id(), i);
  self.send<word>(self.id(), "go");
  int last = -1;
  co_await self.receive([&](word) -> snow::task<> {
    for (int i = 0; i < 2; ++i)
      co_await self.receive([&](number n) {
        expect(n.n == last + 1);
        last = n.n;
      });
  });
  expect(last == 1);
  co_await self.receive([](number n) { expect(n.n == 2); });
  auto const sum =
      co_await self.receive([](number n) { return n.n; }, snow::after(0ns, [&]() -> snow::task<int> {
                              co_await self.sleep_for(0ns);
                              co_return 42;
                            }));
  expect(sum == 42);
  auto const failed = co_await snow::as_result(self.ask<length>(p, "throw"));
  expect(failed.error() == snow::errc::exception && failed.error().details().ends_with("as asked"));
}

// ---- handlers that throw

snow::actor throws_in_a_handler(snow::context& self) {
  for (int caught = 0;;) {
    try {
      co_await self.receive([](length q) -> std::size_t {
        if (q.text.empty()) throw std::runtime_error{"of nothing"};
        return q.text.size();
      });
    } catch (const std::runtime_error&) {
      if (++caught == 2) throw;
    }
  }
}
snow::actor sees_handlers_throw(snow::context& self) {
  auto const p = self.spawn_monitor<throws_in_a_handler>();
  auto const ask = [&](std::string text) -> snow::task<snow::result<std::size_t>> {
    co_return co_await snow::as_result(self.ask<length>(p.pid, text));
  };
  auto failed = co_await ask("");
  expect(failed.error() == snow::errc::exception);
  expect(failed.error().details().ends_with("of nothing"));
  expect(*co_await ask("four") == 4);  // it caught that, and goes on
  failed = co_await ask("");
  expect(failed.error() == snow::errc::exception);
  co_await self.receive([](snow::down d) { expect(d.reason == snow::errc::exception); });
}

/// Its copy, which a handler by value makes, fails when it is told to.
struct brittle {
  explicit brittle(bool f) : fails{f} {}
  brittle(const brittle& b) : fails{b.fails} {
    if (fails) throw std::runtime_error{"not copied"};
  }
  bool fails;
};
snow::actor takes_brittle(snow::context& self) {
  for (;;) co_await self.receive([](brittle) -> snow::task<> { co_return; });
}
snow::actor outlives_what_does_not_copy(snow::context& self) {
  auto const p = self.spawn_monitor<takes_brittle>();
  co_await self.receive([](other) {}, snow::after(1ms, [] {}));
  self.send<brittle>(p.pid, false);
  self.send<brittle>(p.pid, true);
  self.send<brittle>(p.pid, false);
  co_await self.receive([](snow::down d) {
    expect(d.reason == snow::errc::exception);
    expect(d.reason.text() == "not copied");
  });
}

// ---- bytes from another node

struct named_alike {
  int n = 0;
};
struct picky {
  int n = 0;
};

void arrive(snow::environment& env, const snow::pid& to, const snow::type_key& type, std::string_view body) {
  snow::detail::post(
      env, to,
      *env.make<snow::letter<snow::raw_message>>(snow::signal_kind::message, snow::raw_type, type,
                                                 snow::bytes::copy_of(body), snow::window_room{}));
}
template <class M>
void arrive(snow::environment& env, const snow::pid& to, const M& m) {
  snow::byte_buffer body;
  snow::writer w{body};
  snow::encode_body(w, m);
  arrive(env, to, snow::type_key_of<M>, {reinterpret_cast<const char*>(body.data()), body.size()});
}
snow::actor takes_named_alike(snow::context& self, std::vector<int>* got) {
  for (;;)
    co_await self.receive([&](named_alike m) { got->push_back(m.n); }, [&](picky m) { got->push_back(m.n); });
}
snow::actor takes_only_words(snow::context& self, std::vector<int>* got) {
  co_await self.receive([](word) {});
  while (got->size() < 3) co_await self.receive([&](named_alike m) { got->push_back(m.n); });
}

}  // namespace receive_test

template <>
struct snow::codec<receive_test::picky> {
  static constexpr std::string_view shape = "picky";
  static void encode(writer& w, const receive_test::picky& p) { w.number(p.n); }
  static void decode(reader& r, receive_test::picky& p) {
    p.n = r.number<int>();
    if (p.n < 0) throw std::out_of_range{"below zero"};
  }
};

using namespace receive_test;

TEST_CASE("receive takes the oldest message that a handler takes; the others keep their order", "[S-9]") {
  support::run_actors<selects>();
}
TEST_CASE("a handler takes its message by value, by const reference or to move from") {
  support::run_actors<takes_in_each_way>();
}
TEST_CASE("a handler of snow::message takes whatever no handler before it takes") {
  support::run_actors<takes_any>();
}
TEST_CASE("receive gives the common type of what its handlers and its bound return") {
  support::run_actors<gives>();
}
TEST_CASE("after(t) fires at t, not before, unless a message came in time", "[S-10][S-15]") {
  support::hand_clock clock;
  support::local_node node{1, &clock};
  std::string log;
  auto const p = node.spawn<waits_bounded>(&log);
  node.turn();
  clock.advance(10ms - 1ns);
  node.turn();
  CHECK(log == "");
  clock.advance(1ns);
  node.turn();
  CHECK(log == ".");
  clock.advance(5ms);
  snow::detail::post(
      node.env, p,
      *node.env.make<snow::letter<other>>(snow::signal_kind::message, snow::message_type_of<other>));
  node.turn();  // another message does not put the bound off
  clock.advance(5ms);
  node.turn();
  CHECK(log == "..");
  // Of a message and the bound that have both come, the message wins.
  clock.advance(10ms);
  snow::detail::post(
      node.env, p,
      *node.env.make<snow::letter<word>>(snow::signal_kind::message, snow::message_type_of<word>, word{"w"}));
  node.turn();
  CHECK(log == "..w");
  clock.advance(10ms - 1ns);
  node.turn();
  CHECK(log == "..w");
}
TEST_CASE("after(0) looks once and returns", "[S-10]") {
  support::run_actors<looks_once>();
}
TEST_CASE("the bound of a receive that is over fires in no later one", "[S-15]") {
  support::hand_clock clock;
  support::local_node node{1, &clock};
  int fired = 0;
  node.spawn<bounded_anew>(&fired);
  node.turn();
  clock.advance(30ms - 1ns);
  node.turn();
  CHECK(fired == 0);
  clock.advance(1ns);
  node.turn();
  CHECK(fired == 1);
}
TEST_CASE("a handler may be a coroutine: it answers when it has ended, and mail keeps its order", "[S-14]") {
  support::run_actors<awaits_in_handlers>();
}
TEST_CASE("a handler that throws fails its ask at once and throws out of the receive", "[S-13][S-34]") {
  support::run_actors<sees_handlers_throw>();
}
TEST_CASE("a message that cannot be handed to its handler ends the actor alone", "[S-34]") {
  support::run_actors<outlives_what_does_not_copy>();
}
TEST_CASE("a message of a handled name but another shape, or that does not decode, is dropped and counted",
          "[S-8]") {
  support::local_node node;
  std::vector<std::string> log;
  node.env.log = [&](const snow::log_record& r) { log.emplace_back(r.text); };
  std::vector<int> got;
  auto const p = node.spawn<takes_named_alike>(&got);
  arrive(node.env, p, named_alike{1});
  node.turn();
  auto key = snow::type_key_of<named_alike>;
  ++key.fingerprint;
  arrive(node.env, p, key, "1234");
  arrive(node.env, p, snow::type_key_of<named_alike>, "short");
  arrive(node.env, p, picky{-1});  // its codec throws
  arrive(node.env, p, named_alike{2});
  arrive(node.env, p, picky{3});
  node.turn();
  CHECK(got == std::vector{1, 2, 3});
  CHECK(node.env.rejected == 3);
  CHECK(log.size() == 3);
  CHECK(node.env.living == 1);
}
TEST_CASE("a message whose type no handler names waits in its place", "[S-8]") {
  support::local_node node;
  std::vector<int> got;
  auto const p = node.spawn<takes_only_words>(&got);
  for (int i = 1; i <= 3; ++i) arrive(node.env, p, named_alike{i});
  arrive(node.env, p, snow::type_key{1, 2}, "whatever");
  node.turn();
  CHECK(got.empty());
  snow::detail::post(
      node.env, p,
      *node.env.make<snow::letter<word>>(snow::signal_kind::message, snow::message_type_of<word>, word{"w"}));
  node.turn();
  CHECK(got == std::vector{1, 2, 3});
  CHECK(node.env.rejected == 0);
}

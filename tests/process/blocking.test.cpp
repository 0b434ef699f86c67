#include "snow/process/blocking.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/local_environment.hpp"

namespace blocking_test {

using namespace std::chrono_literals;
using support::expect;

namespace {

struct question {
  using reply_type = int;
};
struct note {
  int n;
};

snow::actor blocks(snow::context& self) {
  auto const here = std::this_thread::get_id();
  expect(co_await self.blocking([&] { return std::this_thread::get_id() != here; }));
  co_await self.blocking([] {});
  auto const text = co_await self.blocking([] { return std::string{"a text that is longer than most"}; });
  expect(text.ends_with("most"));
  auto only_moves = co_await self.blocking([] { return std::make_unique<int>(5); });
  expect(*only_moves == 5);
  auto const captured = std::make_shared<int>(7);
  auto const named = [captured] { return *captured; };
  expect(co_await self.blocking(named) == 7);
  bool caught = false;
  try {
    co_await self.blocking([] { throw std::runtime_error{"there"}; });
  } catch (const std::runtime_error& e) {
    caught = std::string_view{e.what()} == "there";
  }
  expect(caught);
}

snow::actor gets_mail_meanwhile(snow::context& self) {
  for (int i = 0; i < 3; ++i) self.send<note>(self.id(), i);
  co_await self.blocking([] {});
  for (int i = 0; i < 3; ++i) co_await self.receive([&](note n) { expect(n.n == i); });
}

// ---- killed meanwhile

struct long_work {
  std::latch began{1};
  std::latch may_end{1};
  std::atomic<bool> frame_gone = false;
  std::atomic<int> told = 0;
};
struct buffer {
  explicit buffer(long_work* w) : work{w}, bytes(1000) {}
  ~buffer() { work->frame_gone = true; }
  buffer(const buffer&) = delete;
  long_work* work;
  std::vector<char> bytes;
};
/// Says in its destructor that it goes, as an owner of something may.
struct herald {
  snow::context& self;
  snow::pid to;
  ~herald() { self.send<note>(to, 1); }
};
snow::task<int> works(snow::context& self, buffer& in_outer_frame) {
  buffer in_inner_frame{in_outer_frame.work};
  auto const f = [&] {
    in_outer_frame.work->began.count_down();
    in_outer_frame.work->may_end.wait();
    for (char& c : in_outer_frame.bytes) c = 1;
    for (char& c : in_inner_frame.bytes) c = 1;
    expect(!in_outer_frame.work->frame_gone);
    return 1;
  };
  co_return co_await self.blocking(f);
}
snow::actor answers_by_blocking(snow::context& self, long_work* w) {
  herald const h{self, self.parent()};
  buffer b{w};
  co_await self.receive([&](question) -> snow::task<int> { co_return co_await works(self, b); });
}
snow::actor asks(snow::context& self, snow::pid p, long_work* w) {
  expect((co_await snow::as_result(self.ask<question>(p).within(1h))).error() == snow::errc::killed);
  ++w->told;
}
snow::actor kills_what_blocks(snow::context& self) {
  long_work w;
  auto const p = self.spawn_monitor<answers_by_blocking>(&w);
  auto const asker = self.spawn_monitor<asks>(p.pid, &w);
  co_await self.blocking([&] { w.began.wait(); });
  self.exit(p.pid, snow::kill);
  // Its end, and that there will be no answer, is told at once, while the function still runs.
  co_await self.receive([&](snow::down d) {
    expect(d.pid == p.pid);
    expect(d.reason == snow::errc::killed);
  });
  co_await self.receive([&](snow::down d) { expect(d.pid == asker.pid); });
  expect(w.told == 1);
  expect(!w.frame_gone);
  expect(snow::environment::current().lingering == 1);
  w.may_end.count_down();
  co_await self.receive([](note) {});  // from the destructor of what lingered
  while (snow::environment::current().lingering != 0) co_await self.sleep_for(0ns);
  expect(w.frame_gone);
}

snow::actor holds_an_answer(snow::context& self, long_work* w) {
  snow::reply_to<int> held;
  co_await self.receive([&](question, snow::reply_to<int> r) { held = std::move(r); });
  buffer b{w};
  co_await works(self, b);
}
snow::actor hears_the_reason(snow::context& self) {
  long_work w;
  auto const p = self.spawn<holds_an_answer>(&w);
  auto const asker = self.spawn_monitor<asks>(p, &w);
  co_await self.blocking([&] { w.began.wait(); });
  self.exit(p, snow::kill);
  w.may_end.count_down();
  co_await self.receive([&](snow::down d) { expect(d.pid == asker.pid); });
  expect(w.told == 1);
}

// Kills that race with the end of the function, and with the theft of either actor.
snow::actor blocks_briefly(snow::context& self, int n) {
  std::vector<char> bytes(100);
  auto const f = [&] {
    for (int i = 0; i < n; ++i) bytes[static_cast<std::size_t>(i)] = 1;
  };
  co_await self.blocking(f);
}
snow::actor races(snow::context& self) {
  for (int i = 0; i < 100; ++i) {
    auto const p = self.spawn_monitor<blocks_briefly>(i);
    if (i % 4 != 0) co_await self.sleep_for(std::chrono::microseconds{i % 4 * 20});
    self.exit(p.pid, snow::kill);
    co_await self.receive([&](snow::down d) { expect(d.pid == p.pid); });
  }
}

class broken_offload final : public snow::offload {
 public:
  void submit(snow::job&) override {
    throw std::system_error{std::make_error_code(std::errc::resource_unavailable_try_again)};
  }
};
snow::actor finds_no_thread(snow::context& self, bool* caught, bool* lives) {
  try {
    co_await self.blocking([] {});
  } catch (const std::system_error&) {
    *caught = true;
  }
  co_await self.sleep_for(0ns);
  *lives = true;
}

// ---- the function ends while its actor is being ended, on another worker than the one where it began

/// Runs what it was given when the test says so.
class kept_offload final : public snow::offload {
 public:
  void submit(snow::job& j) override { kept_ = &j; }
  void run() { kept_->run(*kept_); }

 private:
  snow::job* kept_ = nullptr;
};
/// A way to another node, on which the test does something when an answer leaves.
class watched_router final : public snow::router {
 public:
  explicit watched_router(std::function<void()> f) : on_reply_{std::move(f)} {}

  void reply(const snow::pid&, const snow::reply_path&, const snow::answer& a) override {
    CHECK(a.status == snow::errc::killed);
    ++replies;
    on_reply_();
  }
  int replies = 0;

  snow::node_names& names() noexcept override { std::abort(); }
  std::uint64_t new_token() override { return 1; }
  snow::routing send(const snow::pid&, const snow::pid&, const snow::outgoing&,
                     const snow::question*) override {
    return {};
  }
  snow::routing send(const snow::pid&, const snow::named&, const snow::outgoing&,
                     const snow::question*) override {
    return {};
  }
  void forget(const snow::pid&, snow::node_id, std::uint64_t) noexcept override {}
  void monitor(const snow::pid&, std::uint64_t, const snow::pid&) override {}
  void demonitor(const snow::pid&, std::uint64_t, const snow::pid&) override {}
  void down(const snow::pid&, std::uint64_t, const snow::pid&, const snow::reason&) override {}
  void exit(const snow::pid&, const snow::pid&, const snow::reason&, bool) override {}
  snow::errc tie(const snow::pid&, const snow::pid&, std::uint64_t&) override {
    return snow::errc::no_connection;
  }
  void untie(const snow::link_end&, std::uint64_t) override {}
  void untied(const snow::link_end&, std::uint64_t) override {}
  void accept(const snow::link_end&, bool) override {}
  void refuse(const snow::link_end&, const snow::reason&) override {}
  void let_go(const snow::link_end&) override {}
  void broken(const snow::link_end&, const snow::reason&) override {}
  void await_path(const snow::pid&, std::uint64_t, snow::node_id, bool) override {}

 private:
  std::function<void()> on_reply_;
};

snow::actor answers_by_kept_work(snow::context& self, std::atomic<bool>* gone) {
  struct noted {
    std::atomic<bool>* gone;
    ~noted() { *gone = true; }
  } const until{gone};
  co_await self.receive([&](question) -> snow::task<int> {
    co_await self.blocking([] {});
    co_return 1;
  });
}

}  // namespace

TEST_CASE("blocking runs a function on another thread and gives its value or its exception") {
  support::run_actors<blocks>();
}
TEST_CASE("mail that comes while an actor waits for a blocking function keeps its order", "[S-14]") {
  support::run_actors<gets_mail_meanwhile>();
}
TEST_CASE("a killed actor's frames outlast the blocking function that uses them; its end is told at once",
          "[S-11][S-33]") {
  for (std::size_t const workers : {1u, 2u}) support::run_actors<kills_what_blocks>(workers);
}
TEST_CASE("what lingering frames leave unanswered fails with the reason of their actor's end", "[S-13]") {
  support::run_actors<hears_the_reason>();
}
TEST_CASE("a kill may race with the end of a blocking function", "[S-33]") {
  for (std::size_t const workers : {1u, 2u, 4u}) support::run_actors<races>(workers);
}
TEST_CASE("a function that ends while its actor answers for its end does not take the frames away under it",
          "[S-33]") {
  support::local_node node{2};
  kept_offload work;
  node.env.offload = &work;
  std::atomic<bool> gone = false;
  watched_router router{[&] {
    work.run();
    for (std::size_t i : {0u, 1u}) node.env.at(i).turn(false);
    CHECK_FALSE(gone);
  }};
  node.env.router = &router;
  auto const turn_both = [&] {
    for (int turns = 0; turns < 10; ++turns)
      for (std::size_t i : {0u, 1u}) node.env.at(i).turn(false);
  };

  // What comes from outside goes to the workers in turn: the question to one, the kill to the other.
  auto const p = node.spawn<answers_by_kept_work>(&gone);
  turn_both();
  snow::reply_path const back{{2, 0, 0}, 1, 1};
  auto& asked = *node.env.make<snow::request_letter<question>>(
      snow::signal_kind::message, snow::message_type_of<question>, back, question{});
  REQUIRE(snow::detail::post(node.env, p, asked) == snow::detail::posted::sent);
  turn_both();
  snow::signal_exit(node.env, p, {{}, snow::errc::killed, true});
  turn_both();
  CHECK(router.replies == 1);
  CHECK(gone);
  CHECK(node.env.lingering == 0);
}
TEST_CASE("where no thread can be had, blocking throws, and the actor goes on") {
  support::local_node node;
  broken_offload none;
  node.env.offload = &none;
  bool caught = false, lives = false;
  node.spawn<finds_no_thread>(&caught, &lives);
  node.turn();
  CHECK(caught);
  CHECK(lives);
}

}  // namespace blocking_test

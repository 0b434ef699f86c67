// The first part of docs/tour.md: everything that needs no second node.
#include "account.hpp"
#include <asio/ip/tcp.hpp>
#include <fmt/core.h>
#include <deque>
#include <filesystem>
#include <future>
#include <snow/asio.hpp>
#include <string>

using namespace std::chrono_literals;

// ---- actors and messages

snow::actor saves(snow::context& self) {
  snow::pid const mine = self.spawn<account>(100);
  self.send<deposit>(mine, 50);
  auto const cents = co_await self.ask<balance>(mine);
  fmt::print("{} cents\n", cents);
}

// ---- receive

struct order { int number; };
struct cancel { int number; };

snow::actor selects(snow::context& self) {
  self.send<order>(self.id(), 1);
  self.send<cancel>(self.id(), 2);
  self.send<order>(self.id(), 3);
  co_await self.receive([](cancel c) { fmt::print("cancel {}\n", c.number); });
  for (bool more = true; more;)
    more = co_await self.receive(
        [](order o) { return fmt::print("order {}\n", o.number), true; },
        snow::after(20ms, [] { return false; }));
}

snow::actor takes_anything(snow::context& self) {
  self.send<cancel>(self.id(), 4);
  co_await self.receive(
      [](order o) { fmt::print("order {}\n", o.number); },
      [](const snow::message& m) { fmt::print("another message{}\n", m.is<cancel>() ? ", a cancel" : ""); });
}

// ---- answering later

struct job { std::string what; };
struct next_job { using reply_type = std::string; };

snow::actor dispatcher(snow::context& self) {
  std::deque<std::string> jobs;
  std::deque<snow::reply_to<std::string>> idle;
  for (;;) {
    co_await self.receive(
        [&](job j) { jobs.push_back(std::move(j.what)); },
        [&](next_job, snow::reply_to<std::string> answer) { idle.push_back(std::move(answer)); });
    for (; !jobs.empty() && !idle.empty(); jobs.pop_front(), idle.pop_front()) idle.front()(jobs.front());
  }
}

snow::actor works(snow::context& self) {
  auto const jobs = self.spawn<dispatcher>();
  self.send_after<job>(10ms, jobs, "sweep");
  auto const mine = co_await self.ask<next_job>(jobs);
  fmt::print("got the job: {}\n", mine);
}

snow::actor doubled(snow::context& self, snow::pid original) {
  for (;;)
    co_await self.receive([&](balance) -> snow::task<std::int64_t> {
      auto const cents = co_await self.ask<balance>(original);
      co_return 2 * cents;
    });
}

snow::actor asks_in_a_row(snow::context& self) {
  auto const twice = self.spawn<doubled>(self.spawn<account>(21));
  auto const cents = co_await self.ask<balance>(twice);
  fmt::print("{} cents\n", cents);
}

// ---- failure

snow::actor careless(snow::context&) {
  throw std::runtime_error{"out of luck"};
  co_return;
}

snow::actor watches(snow::context& self) {
  auto const child = self.spawn_monitor<careless>();
  co_await self.receive([&](const snow::down& d) {
    if (d.monitor == child.monitor) fmt::print("it ended: {}\n", d.reason.to_string());
  });
}

struct ready {};

snow::actor stubborn(snow::context& self) {
  self.trap_exits(true);
  self.send<ready>(self.parent());
  for (;;) {
    co_await self.receive([](const snow::exit_signal& e) { fmt::print("no, {}\n", e.reason.text()); });
    self.send<ready>(self.parent());
  }
}

snow::actor ends_others(snow::context& self) {
  auto const child = self.spawn_monitor<stubborn>();
  co_await self.receive([](ready) {});
  self.exit(child.pid, "not now");
  co_await self.receive([](ready) {});
  self.exit(child.pid, snow::kill);
  co_await self.receive([](const snow::down& d) { fmt::print("it ended: {}\n", d.reason.to_string()); });
}

// ---- errors

snow::actor deaf(snow::context& self) {
  self.send<ready>(self.parent());
  co_await self.sleep_for(1h);
}

snow::actor handles_errors(snow::context& self) {
  auto const silent = self.spawn<deaf>();
  try {
    co_await self.ask<balance>(silent).within(20ms);
  } catch (const snow::error& e) {
    fmt::print("{}\n", e.what());
  }
  auto const cents = co_await snow::as_result(self.ask<balance>(snow::named{"nobody"}));
  if (!cents && cents.error() == snow::errc::no_process) fmt::print("{}\n", cents.error().what());
}

// ---- spawn options

snow::actor fills(snow::context& self) {
  auto const small = self.spawn<deaf>(
      snow::spawn_options{.mailbox_limit = 1, .on_full = snow::on_full::reject, .name = "small"});
  co_await self.send<deposit>(small, 1);
  auto const second = co_await snow::as_result(self.send<deposit>(snow::named{"small"}, 1));
  fmt::print("the second: {}\n", snow::to_string(second.error().which()));
}

// ---- the rest of the world

asio::awaitable<std::string> address_of(std::string host) {
  asio::ip::tcp::resolver resolver{co_await asio::this_coro::executor};
  auto const found = co_await resolver.async_resolve(host, "80", asio::use_awaitable);
  co_return found.begin()->endpoint().address().to_string();
}

snow::actor waits_outside(snow::context& self) {
  auto const is_there = co_await self.blocking([] { return std::filesystem::exists("/etc/passwd"); });
  auto const address = co_await self.asio(address_of("127.0.0.1"));
  fmt::print("{} {}\n", is_there, address);
}

struct tick {};

snow::actor keeps_time(snow::context& self) {
  auto ticks = self.send_every<tick>(10ms, self.id());
  for (int i = 0; i < 3; ++i) co_await self.receive([](tick) {});
  ticks.cancel();
  co_await self.sleep_for(5ms);
  fmt::print("three ticks\n");
}

void from_a_thread(snow::node& node) {
  auto const shared = node.spawn<account>(1);
  node.send<deposit>(shared, 2);
  std::future<std::int64_t> cents = node.ask<balance>(shared);
  fmt::print("{} cents\n", cents.get());
}

// ---- seeing

snow::actor looks(snow::context& self) {
  auto const hidden = self.spawn<deaf>();
  co_await self.receive([](ready) {});
  self.send<order>(hidden, 1);
  co_await self.sleep_for(1ms);
  for (auto const& a : self.node().actors())
    if (a.pid == hidden)
      fmt::print("{} is {}, {} in its mailbox, at {}\n", a.function,
                 a.state == snow::actor_info::state_type::waiting ? "waiting" : "ready", a.mail,
                 a.waits_at.substr(a.waits_at.rfind('/') + 1));
}

snow::actor app(snow::context& self) {
  co_await self.call<saves>();
  co_await self.call<selects>();
  co_await self.call<takes_anything>();
  co_await self.call<works>();
  co_await self.call<asks_in_a_row>();
  co_await self.call<watches>();
  co_await self.call<ends_others>();
  co_await self.call<handles_errors>();
  co_await self.call<fills>();
  co_await self.call<waits_outside>();
  co_await self.call<keeps_time>();
  co_await self.call<looks>();
}

int main() {
  snow::node node{{.workers = 1}};
  node.start();
  from_a_thread(node);
  return node.run<app>();
}

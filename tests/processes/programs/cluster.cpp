// A node for tests of many processes: `cluster serve NAME [COOKIE]`, or `cluster SCENARIO NAME PEER
// [COOKIE]`.
#include <fmt/core.h>

#include <cstdio>
#include <snow/actor.hpp>
#include <string>
#include <string_view>

struct total {
  using reply_type = std::uint64_t;
  std::uint64_t more = 0;
};

snow::actor adder(snow::context& self, std::uint64_t start) {
  for (;;) co_await self.receive([&](total q) { return start += q.more; });
}
SNOW_REGISTER(adder);

std::uint64_t square(std::uint64_t x) {
  return x * x;
}
SNOW_REGISTER(square);

std::uint64_t fails(std::uint64_t) {
  throw std::runtime_error{"as it was told to"};
}
SNOW_REGISTER(fails);

void say(std::string_view line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

snow::actor works(snow::context& self, std::string other) {
  auto peer = co_await self.node().connect(other);
  auto const sum = co_await peer.spawn<adder>(10);
  auto const eleven = co_await self.ask<total>(sum, 1);
  auto const nine = co_await peer.call<square>(3);
  say(fmt::format("{} {}", eleven, nine));
}

snow::actor errors(snow::context& self, std::string other) {
  auto peer = co_await self.node().connect(other);
  auto const unknown = co_await snow::as_result(peer.spawn("nobody", 1));
  say(snow::to_string(unknown.error().which()));
  auto const mismatch = co_await snow::as_result(peer.spawn("adder", "text"));
  say(snow::to_string(mismatch.error().which()));
  say(mismatch.error().what());
  auto const failure = co_await snow::as_result(peer.call<fails>(3));
  say(failure.error().what());
  auto const unfit = co_await snow::as_result(peer.call<square>(-1));
  say(snow::to_string(unfit.error().which()));
}

snow::actor watches(snow::context& self, std::string other) {
  auto peer = co_await self.node().connect(other);
  auto const started = co_await peer.spawn_monitor<adder>(1);
  say("watching");
  co_await self.receive(
      [&](snow::down d) { say(d.monitor == started.monitor ? d.reason.to_string() : "another"); });
  auto const late = co_await snow::as_result(self.ask<total>(started.pid, 1));
  say(snow::to_string(late.error().which()));
}

int main(int argc, char** argv) {
  std::string const what = argv[1], name = argv[2], other = argc > 3 ? argv[3] : "";
  bool const serves = what == "serve";
  int const at = serves ? 3 : 4;
  try {
    snow::node node{{.name = name, .cookie = argc > at ? argv[at] : "a cookie of the tests"}};
    if (serves) {
      say("ready");
      return node.serve();
    }
    if (what == "works") return node.run<works>(other);
    if (what == "errors") return node.run<errors>(other);
    if (what == "watches") return node.run<watches>(other);
  } catch (const snow::error& e) {
    say(snow::to_string(e.which()));
    return 3;
  }
  return 2;
}

#include <algorithm>
#include <fstream>

#include "processes/member.hpp"
#include "support/catch.hpp"

// More than a receiver takes: nothing is lost, nobody else waits, and memory stays bounded.

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

/// The most that a process had resident so far, in bytes.
std::uint64_t peak_memory(const support::process& p) {
  std::ifstream status{"/proc/" + std::to_string(p.id()) + "/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  throw std::runtime_error{"a process without memory"};
}

struct flooded {
  support::reserved_port from, to;
  support::process server{support::program("flood"), {"serve", to.node_name("server")}};

  flooded() { server.line_with("ready"); }
  support::process flood(const std::string& how, std::uint64_t bytes) const {
    return support::process{support::program("flood"),
                            {how, from.node_name("source"), to.node_name("server"), std::to_string(bytes)}};
  }
  void check_memory(const support::process& sender) const {
    INFO("sender " << peak_memory(sender) / mebibyte << " MiB, receiver " << peak_memory(server) / mebibyte
                   << " MiB");
    CHECK(peak_memory(sender) < 192 * mebibyte);
    CHECK(peak_memory(server) < 192 * mebibyte);
  }
};

}  // namespace

TEST_CASE("two gigabytes to a slow actor arrive whole, in bounded memory [S-36][S-38]", "[processes]") {
  flooded f;
  for (auto const* how : {"awaiting", "pausing"}) {
    auto sender = f.flood(how, 1024 * mebibyte);
    INFO(how);
    CHECK_THAT(sender.line().value_or(""), Catch::EndsWith(" messages, all there"));
    f.check_memory(sender);
    sender.close_input();
    CHECK(sender.wait() == support::exited(0));
  }
}

TEST_CASE("a sender that never awaits anything loses its connection, and memory stays bounded [S-36]",
          "[processes]") {
  flooded f;
  auto sender = f.flood("regardless", 1024 * mebibyte);
  sender.error_line_with("more waits to be written than the limit of the outbox: overloaded");
  CHECK_THAT(sender.line().value_or(""), Catch::EndsWith(" messages, not all there"));
  f.check_memory(sender);
  sender.close_input();
  CHECK(sender.wait() == support::exited(0));
}

TEST_CASE("two nodes that flood each other go on [S-37]", "[processes]") {
  flooded f;
  auto one = f.flood("both_ways", 256 * mebibyte);
  std::vector<std::string> const said{one.line().value_or(""), one.line().value_or("")};
  for (auto const& line : said) CHECK_THAT(line, Catch::EndsWith(", all there"));
  f.check_memory(one);
  one.close_input();
  CHECK(one.wait() == support::exited(0));
}

TEST_CASE("an actor that takes nothing of what it is sent ends with overloaded, and nobody else does [S-61]",
          "[processes]") {
  support::member ann{"ann"}, bob{"bob", {"stall=400", "heartbeat=100", "mailbox_window=65536"}};
  REQUIRE(ann.answer("spawn slow deaf " + bob.name) == "ok");
  REQUIRE(ann.answer("spawn it counter " + bob.name) == "ok");
  // More than the window and what is held at the sender: these wait until the actor has ended.
  CHECK(ann.answer("send slow 5000 1000") == "ok");
  CHECK(ann.event() == "end slow overloaded");
  bob.process.error_line_with("takes nothing of what others send it");
  bob.process.error_line_with("ended an actor that took nothing");
  CHECK(ann.answer("ask it") == "101");
  CHECK(ann.told().empty());
}

TEST_CASE("a send that is awaited ends by the default deadline though its target takes nothing [S-35]",
          "[processes]") {
  std::string const workers = GENERATE("workers=1", "workers=2");
  support::member ann{"ann", {"deadline=300", workers}}, bob{"bob", {"mailbox_window=65536"}};
  REQUIRE(ann.answer("spawn slow deaf " + bob.name) == "ok");
  REQUIRE(ann.answer("spawn it counter " + bob.name) == "ok");
  // 60 fill the window; a worker that is not the session's learns of it when the session has.
  std::chrono::steady_clock::duration longest{};
  for (int i = 0; i < 1000 && longest < std::chrono::milliseconds{300}; ++i) {
    auto const begin = std::chrono::steady_clock::now();
    REQUIRE(ann.answer("send slow 1 1000") == "ok");
    longest = std::max(longest, std::chrono::steady_clock::now() - begin);
  }
  CHECK(longest >= std::chrono::milliseconds{300});
  // What the same sender says to others waits behind that (S-42); what others say does not.
  REQUIRE(ann.answer("patience 300") == "ok");
  CHECK(ann.answer("ask it") == "timed_out");
  REQUIRE(bob.answer("connect " + ann.name) == "ok");
  CHECK(bob.answer("call 0 " + ann.name) == "ok");
}

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "processes/member.hpp"
#include "support/catch.hpp"

// Who is connected to whom, when several want it at once, or one in another's name.

namespace {

using support::member;

std::string names_of(const std::vector<member*>& all, const member& but) {
  std::vector<std::string> names;
  for (auto const* m : all)
    if (m != &but) names.push_back(m->name);
  std::sort(names.begin(), names.end());
  std::string text;
  for (auto const& n : names) text.append(text.empty() ? "" : " ").append(n);
  return text;
}

}  // namespace

TEST_CASE("nodes that dial each other at once end with one session each, and agree on it [S-29]",
          "[processes]") {
  member a{"a"}, b{"b"}, c{"c"}, d{"d"};
  std::vector<member*> const all{&a, &b, &c, &d};
  for (auto* const m : all)
    for (auto const* other : all)
      if (other != m) m->answer("watch " + other->name);
  for (auto* const m : all)
    for (auto const* other : all)
      if (other != m) m->ask("connect " + other->name);
  for (auto* const m : all)
    for (int i = 0; i < 3; ++i) CHECK(m->answer_to("connect") == "ok");
  for (auto* const m : all) {
    INFO(m->name);
    for (auto const* other : all)
      if (other != m) CHECK(m->answer("call 0 " + other->name) == "ok");
    CHECK(m->answer("peers") == names_of(all, *m));
    auto told = m->told();
    std::sort(told.begin(), told.end());
    std::vector<std::string> once;
    for (auto const* other : all)
      if (other != m) once.push_back("up " + other->name);
    CHECK(told == once);
  }
}

TEST_CASE("a living session survives a newcomer under its name, who is told name_in_use [S-56]",
          "[processes]") {
  member a{"a"}, m{"m"}, z{"z"};
  for (auto* const other : {&a, &z}) {
    REQUIRE(m.answer("connect " + other->name) == "ok");
    REQUIRE(other->answer("connect " + m.name) == "ok");  // is connected too, and would tell no more of that
    REQUIRE(other->answer("watch " + m.name) == "ok");
  }
  auto impostor = member::in_the_name_of(m);
  CHECK(impostor.answer("connect " + a.name) == "name_in_use");
  a.process.error_line_with("name_in_use");
  // Here it is the newcomer who opens, and is refused after that.
  REQUIRE(impostor.answer("watch " + z.name) == "ok");
  CHECK(impostor.answer("connect " + z.name) == "ok");
  CHECK(impostor.event() == "up " + z.name);
  CHECK(impostor.event() == "down " + z.name + " name_in_use");
  CHECK(impostor.answer("peers").empty());
  for (auto* const other : {&a, &z}) {
    CHECK(other->answer("call 0 " + m.name) == "ok");
    CHECK(m.answer("call 0 " + other->name) == "ok");
    CHECK(other->told() == std::vector<std::string>{});
  }
}

TEST_CASE("a newcomer takes the place of a node that gives no sign of life any more [S-30][S-57]",
          "[processes]") {
  member a{"a"}, m{"m"};
  REQUIRE(a.answer("watch " + m.name) == "ok");
  REQUIRE(a.answer("spawn it counter " + m.name) == "ok");
  CHECK(a.event() == "up " + m.name);
  m.process.stop();
  auto heir = member::in_the_name_of(m);
  CHECK(heir.answer("connect " + a.name) == "ok");
  CHECK(a.event() == "end it no_connection");
  CHECK(a.event() == "down " + m.name + " timed_out");
  CHECK(a.event() == "up " + m.name);
  CHECK(a.answer("ask it") == "no_connection");
  CHECK(a.answer("call 0 " + m.name) == "ok");
}

TEST_CASE("with `mesh`, the peers of a peer become peers", "[processes]") {
  std::vector<std::string> const mesh{"mesh=1"};
  member a{"a", mesh}, b{"b", mesh}, c{"c", mesh}, d{"d", mesh};
  std::vector<member*> const all{&a, &b, &c, &d};
  for (auto* const m : all)
    for (auto const* other : all)
      if (other != m) m->answer("watch " + other->name);
  for (auto* const m : {&b, &c, &d}) CHECK(m->answer("connect " + a.name) == "ok");
  for (auto* const m : all) {
    for (int i = 0; i < 3; ++i) CHECK(m->event().starts_with("up "));
    CHECK(m->answer("peers") == names_of(all, *m));
  }
}

TEST_CASE("without `mesh`, a node connects to nobody that it was not told to [S-60]", "[processes]") {
  member a{"a"}, b{"b", {"mesh=1"}}, c{"c"};
  CHECK(a.answer("connect " + b.name) == "ok");
  CHECK(c.answer("connect " + b.name) == "ok");
  // PEERS goes before the answers to these.
  CHECK(a.answer("call 0 " + b.name) == "ok");
  CHECK(c.answer("call 0 " + b.name) == "ok");
  CHECK(a.answer("peers") == b.name);
  CHECK(c.answer("peers") == b.name);
}

TEST_CASE("a peer that is lost is dialled again until `disconnect`", "[processes]") {
  member a{"a"}, b{"b"};
  REQUIRE(a.answer("watch " + b.name) == "ok");
  CHECK(a.answer("connect " + b.name) == "ok");
  CHECK(a.event() == "up " + b.name);
  for (int i = 0; i < 3; ++i) {
    b.restart();
    CHECK(a.event() == "down " + b.name + " no_connection");
    CHECK(a.event() == "up " + b.name);
    CHECK(a.answer("call 0 " + b.name) == "ok");
  }
  a.answer("disconnect " + b.name);
  CHECK(a.event().starts_with("down " + b.name));
  CHECK(a.answer("peers").empty());
  CHECK(a.answer("call 0 " + b.name) == "no_connection");
}

TEST_CASE("nodes meet at Unix-domain sockets too, and leave no file behind", "[processes]") {
  auto const path = std::filesystem::temp_directory_path() / ("snow-" + std::to_string(::getpid()) + ".sock");
  auto const name = "b@unix:" + path.string();
  member a{"a"};
  {
    support::process b{support::program("member"), {name}};
    b.line_with("ready");
    CHECK(a.answer("connect " + name) == "ok");
    CHECK(a.answer("call 0 " + name) == "ok");
    REQUIRE(a.answer("watch " + name) == "ok");
    b.signal(SIGKILL);  // leaves the file
    b.wait();
  }
  CHECK(a.event() == "down " + name + " no_connection");
  support::process b{support::program("member"), {name}};
  b.line_with("ready");
  CHECK(a.event() == "up " + name);
  CHECK(a.answer("call 0 " + name) == "ok");
  b.close_input();
  CHECK(b.wait() == support::exited(0));
  CHECK_FALSE(std::filesystem::exists(path));
}

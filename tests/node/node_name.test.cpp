#include "snow/node/node_name.hpp"

#include <string>

#include "support/catch.hpp"

namespace node_name_test {

using snow::node_address;
using snow::node_name;

TEST_CASE("a name is an id and the address that others dial") {
  auto const n = node_name::parse("worker-1@127.0.0.1:4000");
  CHECK(n.id == "worker-1");
  CHECK(n.address == "127.0.0.1:4000");
  auto const a = node_address::parse("[::1]:80");
  CHECK(a.host == "::1");
  CHECK(a.port == "80");
  CHECK(node_address::parse("unix:/run/b.sock").path == "/run/b.sock");
  CHECK(node_name::parse("b@unix:/run/b.sock").address == "unix:/run/b.sock");
}

TEST_CASE("what is no name is refused with bad_name and a sentence") {
  auto const bad =
      GENERATE(as<std::string>{}, "", "a", "a@", "@h:1", "a@h", "a@h:", "a@:1", "a@h:0", "a@h:65536",
               "a@h:1x", "a@::1:80", "a@[]:1", "a@unix:", "a b@h:1", "a\n@h:1", "\xC3\xA4@h:1");
  CAPTURE(bad);
  try {
    node_name::parse(bad);
    FAIL("it was taken");
  } catch (const snow::error& e) {
    CHECK(e == snow::errc::bad_name);
    CHECK(e.details().find('\n') == std::string::npos);
  }
  CHECK_THROWS_AS(node_name::parse(std::string(250, 'x') + "@h:1000"), snow::error);
  std::string const path(node_address::longest_path, 'p');
  CHECK(node_name::parse("a@unix:" + path).address.size() == 112);
  CHECK_THROWS_AS(node_name::parse("a@unix:" + path + "p"), snow::error);
}

TEST_CASE("only what stays on the machine is local") {
  for (auto const* local : {"127.0.0.1:1", "127.8.9.1:1", "localhost:1", "[::1]:1", "unix:/x"})
    CHECK(node_address::parse(local).is_local());
  for (auto const* remote : {"0.0.0.0:1", "10.0.0.1:1", "127.evil.example:1", "[::]:1", "example:1"})
    CHECK_FALSE(node_address::parse(remote).is_local());
}

}  // namespace node_name_test

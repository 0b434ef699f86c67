#include "support/catch.hpp"
#include "support/process.hpp"

namespace {

struct pair_of_nodes {
  support::reserved_port a, b;
  std::string name_a = a.node_name("a"), name_b = b.node_name("b");
  support::process server{support::peer_program("cluster"), {"serve", name_b}};

  pair_of_nodes() { server.line_with("ready"); }
  support::process client(const std::string& scenario, const std::string& cookie = "a cookie of the tests") {
    return support::process{support::program("cluster"), {scenario, name_a, name_b, cookie}};
  }
};

}  // namespace

TEST_CASE("two processes spawn, ask and call each other's functions", "[processes][S-16][S-21]") {
  pair_of_nodes nodes;
  auto client = nodes.client("works");
  CHECK(client.line() == "11 9");
  CHECK(client.wait() == support::exited(0));
  nodes.server.signal(SIGTERM);
  CHECK(nodes.server.wait() == support::exited(0));
}

TEST_CASE("what a remote spawn or call fails with says which failure it was", "[processes][S-16][S-20]") {
  pair_of_nodes nodes;
  auto client = nodes.client("errors");
  CHECK(client.line() == "function_not_found");
  CHECK(client.line() == "signature_mismatch");
  auto const both = client.line().value_or("");
  CHECK(both.find("called here as (string)") != std::string::npos);
  CHECK(both.find("is (u64)->()") != std::string::npos);
  CHECK(client.line().value_or("").find("as it was told to") != std::string::npos);
  CHECK(client.line() == "bad_arguments");
  CHECK(client.wait() == support::exited(0));
}

TEST_CASE("a process that is killed is told to those who watch its actors", "[processes][S-22][S-68]") {
  pair_of_nodes nodes;
  auto client = nodes.client("watches");
  client.line_with("watching");
  nodes.server.signal(SIGKILL);
  CHECK(client.line() == "no_connection");
  CHECK(client.line() == "no_connection");
  CHECK(client.wait() == support::exited(0));
}

TEST_CASE("another cookie is refused on both sides by name", "[processes]") {
  pair_of_nodes nodes;
  auto client = nodes.client("works", "another cookie");
  CHECK(client.error_line_with("bad_cookie").find("bad_cookie") != std::string::npos);
  CHECK(client.wait() == support::exited(1));
  nodes.server.error_line_with("bad_cookie");
}

TEST_CASE("a port in use is told by the constructor", "[processes]") {
  pair_of_nodes nodes;
  support::process second{support::program("cluster"), {"serve", nodes.name_b}};
  CHECK(second.line() == "address_in_use");
  CHECK(second.wait() == support::exited(3));
}

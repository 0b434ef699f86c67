#include "support/process.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>

#include "support/catch.hpp"

using namespace std::chrono_literals;
using support::exited;
using support::killed_by;
using support::process;

namespace {

process shell(std::string script, std::vector<std::string> environment = {}) {
  return process{"/bin/sh", {"-c", std::move(script)}, std::move(environment)};
}

bool can_listen_at(int port) {
  int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int const on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  bool const can =
      ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && ::listen(fd, 1) == 0;
  ::close(fd);
  return can;
}

}  // namespace

TEST_CASE("a child's lines arrive one by one, the last one without its newline too") {
  process child = shell("echo one; echo two >&2; printf three");
  CHECK(child.line() == "one");
  CHECK(child.line() == "three");
  CHECK(child.line() == std::nullopt);
  CHECK(child.error_line() == "two");
  CHECK(child.wait() == exited(0));
}

TEST_CASE("a child is told apart by its exit code and by the signal that killed it") {
  CHECK(shell("exit 3").wait() == exited(3));
  process child = shell("echo ready; read forever");
  CHECK(child.line_with("ready") == "ready");
  child.signal(SIGTERM);
  CHECK(child.wait() == killed_by(SIGTERM));
  CHECK_THROWS_AS(child.signal(SIGTERM), std::runtime_error);
}

TEST_CASE("a child reads what it is written, and its environment") {
  process child = shell("read word; echo \"$GREETING $word\"; cat", {"GREETING=hello"});
  child.write("snow\n");
  CHECK(child.line() == "hello snow");
  child.close_input();
  CHECK(child.wait() == exited(0));
}

TEST_CASE("a wait that is over tells what the child had said") {
  process child = shell("echo something else; echo grumble >&2; read forever");
  CHECK(child.error_line() == "grumble");
  try {
    child.line_with("ready", 100ms);
    FAIL("the wait should have ended with an exception");
  } catch (const std::runtime_error& e) {
    std::string const what = e.what();
    CHECK(what.find("something else") != std::string::npos);
    CHECK(what.find("grumble") != std::string::npos);
  }
  CHECK_THROWS_AS(child.wait(10ms), std::runtime_error);
}

TEST_CASE("a child that closes its output without the awaited line is not waited for") {
  process child = shell("echo no");
  CHECK_THROWS_AS(child.line_with("ready"), std::runtime_error);
}

TEST_CASE("a stopped child goes on when it is resumed") {
  process child = shell("while read word; do echo $word; done");
  child.stop();
  child.write("a\n");
  CHECK_THROWS_AS(child.line(100ms), std::runtime_error);
  child.resume();
  CHECK(child.line() == "a");
}

TEST_CASE("a child that is let go of is gone") {
  pid_t id;
  {
    process child = shell("read forever");
    id = child.id();
  }
  CHECK(::kill(id, 0) == -1);
}

TEST_CASE("a child does not outlive a test that is killed") {
  process test{support::program("parent")};
  int const id = std::stoi(test.line().value());
  int const grandchild = static_cast<int>(::syscall(SYS_pidfd_open, id, 0));
  REQUIRE(grandchild >= 0);
  test.signal(SIGKILL);
  pollfd ended{grandchild, POLLIN, 0};
  CHECK(::poll(&ended, 1, 60'000) == 1);
  ::close(grandchild);
}

TEST_CASE("writing to a child that does not read any more is an error, not the end of the test") {
  process child = shell("exec <&-; echo closed; kill -STOP $$");
  CHECK(child.line() == "closed");
  CHECK_THROWS_AS(child.write("x"), std::system_error);
}

TEST_CASE("a program that is missing cannot be started") {
  CHECK_THROWS_AS(process{"/no/such/program"}, std::system_error);
}

TEST_CASE("a reserved port can be listened on by who reuses addresses, and nobody else is given it") {
  support::reserved_port const port;
  support::reserved_port const other;
  CHECK(port.number() != other.number());
  CHECK(can_listen_at(port.number()));
  CHECK(port.node_name("a") == "a@127.0.0.1:" + std::to_string(port.number()));
}

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>

#include "snow/node/node.hpp"
#include "snow/node/peer.hpp"
#include "snow/process/register.hpp"
#include "support/catch.hpp"
#include "support/raw_peer.hpp"

// A node with small limits, and a peer that does not care for them.

namespace limits_test {

using namespace std::chrono_literals;
using snow::errc;
namespace wire = snow::wire;

struct note {
  int n;
};
/// Refuses what it does not like, as constructors do.
struct picky {
  int n;
};

}  // namespace limits_test

template <>
struct snow::codec<limits_test::picky> {
  static constexpr std::string_view shape = "picky";
  static void encode(writer& w, const limits_test::picky& p) { w.number(p.n); }
  static void decode(reader& r, limits_test::picky& p) {
    p.n = r.number<int>();
    if (p.n < 0) throw std::runtime_error{"it is negative"};
  }
};

namespace limits_test {

inline snow::actor waits(snow::context& self) {
  co_await self.receive([](note) {});
}
SNOW_REGISTER(waits);

inline snow::actor takes_picky(snow::context&, picky) {
  co_return;
}
SNOW_REGISTER(takes_picky);

inline int square(int x) {
  return x * x;
}
SNOW_REGISTER(square);

std::string const cookie = "only-for-tests";

struct served {
  std::string dir = [] {
    char made[] = "/tmp/snow-limits-XXXXXX";
    return std::string{::mkdtemp(made)};
  }();
  std::string path = dir + "/a";
  std::string name = "a@unix:" + path;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> lines;
  std::unique_ptr<snow::node> node;

  explicit served(snow::limits l = {}, bool mesh = false) {
    node = std::make_unique<snow::node>(snow::node_options{.name = name,
                                                           .cookie = cookie,
                                                           .mesh = mesh,
                                                           .workers = 2,
                                                           .log =
                                                               [this](const snow::log_record& r) {
                                                                 std::lock_guard const lock{mutex};
                                                                 lines.emplace_back(r.text);
                                                                 changed.notify_all();
                                                               },
                                                           .limits = l});
    node->start();
  }
  ~served() {
    node->stop();
    node.reset();
    ::rmdir(dir.c_str());
  }
  /// Waits for a line of the log.
  bool logged(std::string_view text) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, 10s, [&] {
      return std::any_of(lines.begin(), lines.end(),
                         [&](auto const& l) { return l.find(text) != std::string::npos; });
    });
  }
};

struct peer : support::raw_peer {
  explicit peer(served& s) : raw_peer{support::raw_socket::dial(s.path), "b@unix:/nowhere", s.name, cookie} {
    shake_hands();
  }

  template <auto F, class... Args>
  void ask_to_start(std::uint64_t request, std::uint8_t flags, Args... args) {
    snow::byte_buffer body;
    snow::writer w{body};
    snow::encode_body(w, typename snow::detail::callable<F>::kept{args...});
    wire::spawn m;
    m.request = request;
    m.token = 77;
    m.caller = {5, 6};
    m.flags = flags;
    m.function = snow::detail::name_of_function<F>();
    m.fingerprint = snow::detail::signature_of<F>;
    m.arguments = body.span();
    put(m);
  }
  struct started {
    std::uint64_t request;
    errc status;
    wire::process child;
    std::string details;
  };
  started hear_start() {
    auto const r = expect<wire::spawn_reply>();
    return {r.request, r.status, r.started, std::string{r.details}};
  }
};

TEST_CASE("a peer that spawns beyond its rate is answered overloaded, and may go on later") {
  snow::limits l;
  l.spawns_per_second = 10;
  served s{l};
  peer p{s};
  int overloaded = 0;
  for (std::uint64_t i = 1; i <= 30; ++i) {
    p.ask_to_start<waits>(i, 0);
    auto const got = p.hear_start();
    CHECK(got.request == i);
    if (got.status == errc::overloaded) ++overloaded;
  }
  CHECK(overloaded > 0);
  for (std::uint64_t i = 31;; ++i) {  // until a tenth of a second has passed
    p.ask_to_start<waits>(i, 0);
    if (p.hear_start().status == errc::normal) break;
  }
}

TEST_CASE("a node that holds its limit of actors answers overloaded") {
  snow::limits l;
  l.actors = 5;
  served s{l};
  peer p{s};
  errc last = errc::normal;
  std::uint64_t started = 0;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    p.ask_to_start<waits>(i, 0);
    last = p.hear_start().status;
    started += last == errc::normal;
  }
  CHECK(last == errc::overloaded);
  CHECK(started == 5);
}

TEST_CASE("calls beyond the limit of pending requests are refused before anything runs") {
  snow::limits l;
  l.pending_requests = 3;
  served s{l};
  peer p{s};
  for (std::uint64_t i = 1; i <= 3; ++i) {
    p.ask_to_start<waits>(i, wire::spawn::call);
    REQUIRE(p.hear_start().status == errc::normal);
  }
  p.ask_to_start<waits>(4, wire::spawn::call);
  CHECK(p.hear_start().status == errc::overloaded);
  CHECK(s.node->actors().size() == 3);
  p.put(wire::abandon{1});
  for (std::uint64_t i = 5;; ++i) {
    p.ask_to_start<waits>(i, wire::spawn::call);
    if (p.hear_start().status == errc::normal) break;
  }
}

TEST_CASE("a second call under the number of one that runs ends the session [S-40]") {
  served s;
  peer p{s};
  p.ask_to_start<waits>(1, wire::spawn::call);
  REQUIRE(p.hear_start().status == errc::normal);
  p.ask_to_start<waits>(1, wire::spawn::call);
  p.await_close();
  CHECK(s.logged("SPAWN: beyond what is allowed"));
}

TEST_CASE("monitors beyond the limit are answered at once, with overloaded") {
  snow::limits l;
  l.links_and_monitors = 2;
  served s{l};
  peer p{s};
  p.ask_to_start<waits>(1, wire::spawn::monitor);
  auto const child = p.hear_start().child;
  p.put(wire::monitor{{5, 6}, child, 2});
  p.put(wire::monitor{{5, 6}, child, 3});
  auto const d = p.expect<wire::down>();
  CHECK(d.number == 3);
  CHECK(d.why.code == errc::overloaded);
  p.ask_to_start<waits>(4, wire::spawn::monitor);
  CHECK(p.hear_start().status == errc::overloaded);
  p.put(wire::demonitor{{5, 6}, child, 2});
  p.ask_to_start<waits>(5, wire::spawn::monitor);
  CHECK(p.hear_start().status == errc::normal);
}

TEST_CASE("what an argument's constructor or codec throws is bad_arguments, and the session goes on [S-20]") {
  served s;
  peer p{s};
  p.ask_to_start<takes_picky>(1, 0, picky{-1});
  auto const got = p.hear_start();
  CHECK(got.status == errc::bad_arguments);
  CHECK(got.details.find("it is negative") != std::string::npos);
  p.ask_to_start<takes_picky>(2, 0, picky{1});
  CHECK(p.hear_start().status == errc::normal);
}

TEST_CASE(
    "a frame or a message that is longer than was agreed ends the session, and the node goes on [S-40]") {
  snow::limits l;
  l.message = 9000;
  served s{l};
  {
    peer p{s};
    std::vector<std::byte> head(5);
    std::uint32_t const length = (64 << 10) + 2;
    std::memcpy(head.data(), &length, 4);
    head[4] = std::byte{0x10};
    p.socket().write(head);
    p.await_close();
    CHECK(s.logged("a frame that is too long"));
  }
  {
    peer p{s};
    std::vector<std::byte> const body(9000);
    wire::send m;
    m.to = {1, 1};
    m.body = body;
    p.put(m);
    p.await_close();
    CHECK(s.logged("SEND: longer than a message may be"));
  }
  peer p{s};
  p.ask_to_start<waits>(1, 0);
  CHECK(p.hear_start().status == errc::normal);
}

TEST_CASE("a name that no node can have ends the session of who told of it [S-60]") {
  served s{{}, true};
  peer p{s};
  wire::peers m;
  m.names.push_back("not a node");
  p.put(m);
  p.await_close();
  CHECK(s.logged("PEERS: beyond what is allowed"));
}

// ---- the sender's side

/// Runs an actor on a node that is connected to another with these limits.
template <auto F>
void between(snow::limits l) {
  served s{l};
  std::string const name = "c@unix:" + s.dir + "/c";
  snow::node other{{.name = name, .cookie = cookie, .workers = 1, .limits = l}};
  CHECK(other.run<F>(s.name) == 0);
}
struct words {
  std::string text;
};
struct question {
  using reply_type = int;
  std::string text;
};
template <class Operation>
snow::task<errc> failure_of(Operation op) {
  auto const r = co_await snow::as_result(std::move(op));
  co_return r ? errc::normal : r.error().which();
}

snow::actor asks_too_much(snow::context& self, std::string other) {
  auto const there = co_await self.node().connect(other);
  auto const p = co_await there.spawn<waits>();
  std::vector<snow::pid> askers;
  std::string const long_text(10'000, 'x');
  auto const too_long = co_await failure_of(self.ask<question>(p, long_text));
  CHECK(too_long == errc::not_serializable);
  std::string const long_name(256, 'n');
  auto const no_name = co_await failure_of(self.ask<question>(snow::named{long_name, other}, "x"));
  CHECK(no_name == errc::not_serializable);
  self.send<words>(snow::named{long_name, other}, "x");
  auto const no_function = co_await failure_of(there.spawn(long_name));
  CHECK(no_function == errc::function_not_found);
  self.exit(p, std::string(5000, 'r'));
  auto const m = self.monitor(p);
  co_await self.receive([&](snow::down d) { CHECK(d.monitor == m); });
  // The session has outlived all that.
  auto const got = co_await there.call<square>(3);
  CHECK(got == 9);
}
TEST_CASE("what does not fit the limits is refused where it is sent, and costs no session [S-7]") {
  snow::limits l;
  l.message = 9000;
  between<asks_too_much>(l);
}

snow::actor waits_for_answer(snow::context& self, snow::pid p, snow::pid parent) {
  auto const r = co_await snow::as_result(self.ask<question>(p, "x"));
  self.send<note>(parent, static_cast<int>(r ? errc::normal : r.error().which()));
}
snow::actor asks_too_often(snow::context& self, std::string other) {
  auto const there = co_await self.node().connect(other);
  auto const p = co_await there.spawn<waits>();
  for (int i = 0; i < 5; ++i) self.spawn<waits_for_answer>(p, self.id());
  int overloaded = 0;
  for (int i = 0; i < 2; ++i)
    co_await self.receive([&](note n) { overloaded += n.n == static_cast<int>(errc::overloaded); });
  CHECK(overloaded == 2);
  self.exit(p, "enough");  // and the other three are answered
  for (int i = 0; i < 3; ++i) co_await self.receive([&](note n) { overloaded += n.n == 0; });
  CHECK(overloaded == 2);

  auto const q = co_await there.spawn<waits>();
  std::vector<snow::monitor_ref> all;
  for (int i = 0; i < 4; ++i) all.push_back(self.monitor(q));
  co_await self.receive([&](snow::down d) {
    CHECK(d.reason == errc::overloaded);
    CHECK(d.monitor == all.back());
  });
}
TEST_CASE("requests and monitors beyond the limit fail at once with overloaded [S-11] [S-22]") {
  snow::limits l;
  l.pending_requests = 3;
  l.links_and_monitors = 3;
  between<asks_too_often>(l);
}

TEST_CASE("limits that no session could work with are refused when the node is made") {
  snow::limits small_frames;
  small_frames.frame = 1000;
  snow::limits no_window;
  no_window.mailbox_window = 0;
  snow::limits no_time;
  no_time.handshake = {};
  for (auto const& l : {small_frames, no_window, no_time}) {
    try {
      snow::node n{{.name = "a@unix:/tmp/never", .cookie = cookie, .limits = l}};
      FAIL("it was made");
    } catch (const snow::error& e) {
      CHECK(e == errc::not_allowed);
    }
  }
}

}  // namespace limits_test

#include "snow/session.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "snow/node/asio_poller.hpp"
#include "snow/process.hpp"
#include "support/catch.hpp"
#include "support/heap.hpp"

namespace session_test {
struct line {
  std::string text;
};
struct unsendable {};
}  // namespace session_test

template <>
struct snow::codec<session_test::unsendable> {
  static constexpr std::string_view shape = "unsendable";
  static void encode(writer& w, const session_test::unsendable&) {
    w.string("half of it");
    throw std::runtime_error{"it has no other half"};
  }
  static void decode(reader&, session_test::unsendable&) {}
};

namespace {

using session_test::line;
using namespace std::chrono_literals;

/// What a session told, and what to do about it.
struct witness : snow::session_listener {
  std::vector<std::string> story;
  bool decides = true;
  std::string details;
  std::vector<std::string> bodies;
  std::size_t bytes = 0;
  bool takes = true;   ///< whether messages leave their mailbox at once
  bool keeps = false;  ///< whether their bodies are kept
  std::vector<snow::bytes> kept;
  std::vector<snow::window_room> held;
  std::vector<snow::wire::process> stalled;

  void give_back() { held.clear(); }
  void on_stalled(snow::session&, const snow::wire::process& who, bool for_good) override {
    if (for_good) stalled.push_back(who);
  }
  void on_proved(snow::session& s) override {
    story.push_back("proved " + s.peer().name);
    if (decides && s.opens()) s.open();
  }
  void on_opened(snow::session& s) override { s.open(); }
  void on_open(snow::session&) override { story.push_back("open"); }
  void on_heard(snow::session&) override {}
  void on_pong(snow::session&) override { story.push_back("pong"); }
  void on_closed(snow::session&, const snow::error& why) override {
    story.push_back("closed " + std::string{to_string(why.which())});
    details = why.details();
  }
  bool on_signal(snow::session& s, const snow::wire::send& m) override {
    auto const body = s.keep(m.body);
    bytes += body.size();
    if (keeps) kept.push_back(body);
    held.push_back(s.room_of(m.to));
    if (takes) give_back();
    if (body.size() < 100) {
      auto const text = snow::decode_body<line>(body, nullptr);
      bodies.push_back(text ? text->text : "?");
    }
    return true;
  }
  bool on_signal(snow::session&, const snow::wire::send_to_name&) override { return true; }
  bool on_signal(snow::session&, const snow::wire::reply&) override { return true; }
  bool on_signal(snow::session&, const snow::wire::spawn&) override { return false; }
  bool on_signal(snow::session&, const snow::wire::spawn_reply&) override { return true; }
  bool on_signal(snow::session&, const snow::wire::abandon&) override { return true; }
  bool on_signal(snow::session&, const snow::wire::monitor&) override { return true; }
  bool on_signal(snow::session&, const snow::wire::demonitor&) override { return true; }
  bool on_signal(snow::session&, const snow::wire::down&) override { return true; }
  bool on_signal(snow::session&, const snow::wire::exit&) override { return true; }
  bool on_signal(snow::session&, const snow::wire::link&) override { return true; }
  bool on_signal(snow::session&, const snow::wire::unlink&) override { return true; }
  bool on_signal(snow::session&, const snow::wire::unlink_ack&) override { return true; }
  bool on_signal(snow::session&, const snow::wire::peers&) override { return true; }
};

/// A stream that can be told to take nothing, as if the other end did not read.
struct gate final : snow::stream {
  gate(std::unique_ptr<snow::stream> s, bool& closed) : inner{std::move(s)}, shut{closed} {}
  void attach(events& to) noexcept override {
    events_ = &to;
    inner->attach(to);
  }
  void read(std::span<std::byte> into) override { inner->read(into); }
  std::size_t write(std::span<const std::span<const std::byte>> parts, std::error_code& ec) override {
    return shut ? 0 : inner->write(parts, ec);
  }
  void await_writable() override {
    if (shut)
      waits = true;
    else
      inner->await_writable();
  }
  void close() noexcept override {
    events_ = nullptr;
    inner->close();
  }
  bool is_local() const noexcept override { return true; }
  const std::string& peer_address() const noexcept override { return inner->peer_address(); }
  void open() {
    shut = false;
    if (std::exchange(waits, false) && events_) events_->on_writable({});
  }

  std::unique_ptr<snow::stream> inner;
  bool& shut;
  bool waits = false;
  events* events_ = nullptr;
};

/// The system's, moved on by hand: as if the worker had been held up meanwhile.
struct late_clock final : snow::clock {
  snow::time_point now() noexcept override { return steady.now() + late; }
  snow::steady_clock steady;
  snow::duration late{};
};

/// Two ends of one connection on one worker, over a Unix-domain socket pair of the system.
struct pair_of_sessions {
  late_clock clock;
  snow::asio_poller sleep;
  snow::environment env{clock};
  snow::worker& home = env.add(sleep);
  snow::openssl_random random;
  snow::cookie_prover right{"a cookie"}, wrong{"another"};
  witness a, b;
  std::shared_ptr<snow::session> dialler, acceptor;
  int wire = -1;  ///< the dialler's socket: what is written here the acceptor takes for the dialler's
  bool shut = false;
  gate* of_dialler = nullptr;

  template <class F>
  void on_worker(F f) {
    snow::run_on(home, std::move(f));
  }
  template <class Done>
  void turn_until(Done done) {
    for (int i = 0; i < 200'000 && !done(); ++i) home.turn(false);
    INFO("a: " << Catch::StringMaker<std::vector<std::string>>::convert(a.story)
               << ", b: " << Catch::StringMaker<std::vector<std::string>>::convert(b.story));
    INFO(a.details << " / " << b.details);
    REQUIRE(done());
  }

  void begin(const std::string& name_a, const std::string& name_b, bool same_cookie = true,
             snow::limits l = {}) {
    on_worker([=, this] {
      using unix_socket = asio::local::stream_protocol;
      using socket = asio::basic_stream_socket<unix_socket, asio::io_context::executor_type>;
      socket one{sleep.io()}, two{sleep.io()};
      int fds[2];
      REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
      one.assign(unix_socket{}, fds[0]);
      two.assign(unix_socket{}, fds[1]);
      wire = ::dup(fds[0]);
      auto const hello = [&](const std::string& own, const std::string& other, std::uint64_t creation) {
        snow::wire::hello h;
        h.name = own;
        h.dialled = other;
        h.creation = creation;
        random.fill(h.nonce);
        return h;
      };
      auto const way = std::make_shared<snow::detail::way_home>(home);
      auto through =
          std::make_unique<gate>(snow::detail::made_stream<unix_socket>(std::move(one), way), shut);
      of_dialler = through.get();
      dialler =
          snow::session::start({home, std::move(through), a, right, nullptr, l, 7, hello(name_a, name_b, 1)});
      acceptor = snow::session::start({home, snow::detail::made_stream<unix_socket>(std::move(two), way), b,
                                       same_cookie ? right : wrong, nullptr, l, 1, hello(name_b, "", 2)});
    });
  }
  void open(const snow::limits& l = {}) {
    begin("a@127.0.0.1:1", "b@127.0.0.1:2", true, l);
    turn_until([&] { return a.story.size() == 2 && b.story.size() == 2; });
  }
  snow::session::pushed push(const std::string& text) {
    line const value{text};
    auto const out = snow::outgoing_of(value);
    snow::wire::send m;
    m.to = {1, 2};
    return dialler->push({3, 4}, m, &out);
  }
  /// As if the dialler had said it.
  template <class Message>
  void forge(const Message& m) const {
    snow::byte_buffer out;
    snow::wire::put(out, m);
    REQUIRE(::write(wire, out.data(), out.size()) == static_cast<ssize_t>(out.size()));
  }
  ~pair_of_sessions() {
    on_worker([this] {
      if (dialler) dialler->close(snow::error{snow::errc::shutdown});
      if (acceptor) acceptor->close(snow::error{snow::errc::shutdown});
      dialler.reset();
      acceptor.reset();
      a.give_back();
      b.give_back();
    });
    for (int i = 0; i < 10; ++i) home.turn(false);
    ::close(wire);
  }
};

}  // namespace

TEST_CASE("two ends that know the cookie open one session", "[session]") {
  pair_of_sessions p;
  p.open();
  CHECK(p.a.story == std::vector<std::string>{"proved b@127.0.0.1:2", "open"});
  CHECK(p.b.story == std::vector<std::string>{"proved a@127.0.0.1:1", "open"});
}

TEST_CASE("the end with the larger name waits for the other's OPEN, whoever dialled", "[session]") {
  pair_of_sessions p;
  p.begin("z@127.0.0.1:1", "b@127.0.0.1:2");
  p.turn_until([&] { return p.a.story.size() == 2 && p.b.story.size() == 2; });
  CHECK(p.a.story.back() == "open");
  CHECK(p.b.story.back() == "open");
}

TEST_CASE("a wrong cookie is told as such to the end that dialled", "[session]") {
  pair_of_sessions p;
  p.begin("a@127.0.0.1:1", "b@127.0.0.1:2", false);
  p.turn_until([&] { return !p.a.story.empty() && !p.b.story.empty(); });
  CHECK(p.a.story.back() == "closed bad_cookie");
  CHECK(p.b.story.back() == "closed bad_cookie");
}

TEST_CASE("signals arrive in the order in which they were pushed, from any thread", "[session][S-1][S-41]") {
  pair_of_sessions p;
  p.open();
  p.on_worker([&] {
    for (int i = 0; i < 1000; ++i) REQUIRE(p.push(std::to_string(i)) == snow::session::pushed::sent);
  });
  p.turn_until([&] { return p.b.bodies.size() == 1000; });
  for (int i = 0; i < 1000; ++i) REQUIRE(p.push(std::to_string(1000 + i)) == snow::session::pushed::sent);
  p.turn_until([&] { return p.b.bodies.size() == 2000; });
  for (int i = 0; i < 2000; ++i) REQUIRE(p.b.bodies[static_cast<std::size_t>(i)] == std::to_string(i));
}

TEST_CASE("a signal is refused once the session has ended", "[session][S-68]") {
  pair_of_sessions p;
  p.open();
  p.on_worker([&] { p.acceptor->close(snow::error{snow::errc::shutdown}); });
  p.turn_until([&] { return p.a.story.size() == 3; });
  CHECK(p.a.story.back() == "closed no_connection");
  CHECK(p.push("late") == snow::session::pushed::closed);
}

TEST_CASE("GOODBYE comes after everything that was pushed before it", "[session][S-32]") {
  pair_of_sessions p;
  p.open();
  p.on_worker([&] {
    for (int i = 0; i < 100; ++i) p.push("x");
    p.dialler->goodbye();
  });
  p.turn_until([&] { return p.b.story.size() == 3; });
  CHECK(p.b.bodies.size() == 100);
  CHECK(p.b.story.back() == "closed shutdown");
}

TEST_CASE("GOODBYE comes after what another worker pushed before it, seen or not", "[session][S-32]") {
  pair_of_sessions p;
  p.open();
  p.on_worker([&] { p.dialler->goodbye(); });
  CHECK(p.push("from outside") == snow::session::pushed::sent);
  p.turn_until([&] { return p.b.story.size() == 3; });
  CHECK(p.b.bodies == std::vector<std::string>{"from outside"});
  CHECK(p.b.story.back() == "closed shutdown");
}

TEST_CASE("a probe is answered", "[session]") {
  pair_of_sessions p;
  p.open();
  p.on_worker([&] { p.dialler->probe(); });
  p.turn_until([&] { return p.a.story.back() == "pong"; });
}

TEST_CASE("a message of any size up to the peer's limit arrives whole", "[session][S-62]") {
  pair_of_sessions p;
  p.open();
  std::vector<std::size_t> const sizes{60'000, 65'536, 65'537, 200'000, 1 << 20, 10 << 20};
  std::size_t all = 0;
  p.on_worker([&] {
    for (auto const n : sizes) CHECK(p.push(std::string(n, 'x')) <= snow::session::pushed::congested);
  });
  for (auto const n : sizes) all += n;
  p.turn_until([&] { return p.b.bytes >= all; });
  CHECK(p.b.bytes < all + 100);
}

TEST_CASE("a short message does not overtake a long one of its sender", "[session][S-42]") {
  pair_of_sessions p;
  p.open();
  p.on_worker([&] {
    p.push(std::string(3 << 20, 'x'));
    p.push("after");
  });
  p.turn_until([&] { return !p.b.bodies.empty(); });
  CHECK(p.b.bytes > (3u << 20));
}

TEST_CASE("what a mailbox does not take waits at its sender, and goes on when it does", "[session][S-37]") {
  pair_of_sessions p;
  p.open();
  p.b.takes = false;
  std::string const block(10'000, 'x');
  p.on_worker([&] {
    for (int i = 0; i < 300; ++i) p.push(block);
  });
  // One mailbox's window of 1 MiB, overdrawn by one message at most.
  p.turn_until([&] { return p.b.bytes >= 1'000'000; });
  for (int i = 0; i < 100; ++i) p.home.turn(false);
  CHECK(p.b.bytes < 1'100'000);
  p.b.takes = true;
  p.on_worker([&] { p.b.give_back(); });
  p.turn_until([&] { return p.b.bytes >= 3'000'000; });
  CHECK(p.a.story.back() != "closed protocol_violation");
}

TEST_CASE("who awaits what it sent waits until the target's window takes it, and no other sender does",
          "[session][S-38]") {
  pair_of_sessions p;
  p.open();
  p.b.takes = false;
  bool sent = false, other = false;
  p.on_worker([&] {
    while (p.push(std::string(10'000, 'x')) == snow::session::pushed::sent) {
    }
    p.dialler->when_clear({3, 4}, [&] { sent = true; });
    p.dialler->when_clear({5, 6}, [&] { other = true; });
  });
  p.turn_until([&] { return other && p.b.bytes >= 1'000'000; });
  for (int i = 0; i < 100; ++i) p.home.turn(false);
  CHECK(!sent);
  p.b.takes = true;
  p.on_worker([&] { p.b.give_back(); });
  p.turn_until([&] { return sent; });
}

TEST_CASE("who sends from another worker learns of the target's window too, a message later",
          "[session][S-38]") {
  pair_of_sessions p;
  p.open();
  p.b.takes = false;
  bool sent = false;
  int before = 0;
  while (p.push(std::string(10'000, 'x')) == snow::session::pushed::sent) {
    REQUIRE(++before < 120);  // the window takes 105
    for (int i = 0; i < 5; ++i) p.home.turn(false);
  }
  p.dialler->when_clear({3, 4}, [&] { sent = true; });
  p.turn_until([&] { return p.b.bytes >= 1'000'000; });
  for (int i = 0; i < 100; ++i) p.home.turn(false);
  CHECK(!sent);
  p.b.takes = true;
  p.on_worker([&] { p.b.give_back(); });
  p.turn_until([&] { return sent; });
  CHECK(p.push("after") == snow::session::pushed::sent);
}

TEST_CASE("who awaits what it sent waits no longer than the session lives", "[session][S-38]") {
  pair_of_sessions p;
  p.open();
  p.b.takes = false;
  bool again = false;
  p.on_worker([&] {
    while (p.push(std::string(10'000, 'x')) == snow::session::pushed::sent) {
    }
    p.dialler->when_clear({3, 4}, [&] { again = true; });
    CHECK(!again);
    p.dialler->close(snow::error{snow::errc::shutdown});
  });
  p.turn_until([&] { return again; });
}

TEST_CASE("a process that takes nothing is named once its time is over", "[session][S-61]") {
  pair_of_sessions p;
  snow::limits l;
  l.stall = 5ms;
  p.begin("a@127.0.0.1:1", "b@127.0.0.1:2", true, l);
  p.turn_until([&] { return p.a.story.size() == 2 && p.b.story.size() == 2; });
  p.b.takes = false;
  p.on_worker([&] {
    for (int i = 0; i < 200; ++i) p.push(std::string(10'000, 'x'));
  });
  p.turn_until([&] { return !p.b.stalled.empty(); });
  CHECK(p.b.stalled.front() == snow::wire::process{1, 2});
}

TEST_CASE("two ends that flood each other both go on", "[session][S-37]") {
  pair_of_sessions p;
  p.open();
  std::string const block(50'000, 'x');
  auto const flood = [&](std::shared_ptr<snow::session>& s) {
    line const value{block};
    auto const out = snow::outgoing_of(value);
    snow::wire::send m;
    m.to = {1, 2};
    for (int i = 0; i < 400; ++i) s->push({3, 4}, m, &out);
  };
  p.on_worker([&] {
    flood(p.dialler);
    flood(p.acceptor);
  });
  p.turn_until([&] { return p.a.bytes >= 20'000'000 && p.b.bytes >= 20'000'000; });
}

TEST_CASE("what a codec throws in leaves nothing behind, and the session goes on", "[session][S-34]") {
  pair_of_sessions p;
  p.open();
  p.on_worker([&] {
    session_test::unsendable const value;
    auto const out = snow::outgoing_of(value);
    snow::wire::send m;
    m.to = {1, 2};
    CHECK_THROWS_AS(p.dialler->push({3, 4}, m, &out), std::runtime_error);
    p.push("after");
  });
  p.turn_until([&] { return !p.b.bodies.empty(); });
  CHECK(p.b.bodies.front() == "after");
}

TEST_CASE("what is kept of a message is no more than the message", "[session][S-36]") {
  pair_of_sessions p;
  p.open();
  p.b.takes = false;
  auto const before = support::heap_in_use();
  p.on_worker([&] {
    for (int i = 0; i < 90; ++i) p.push(std::string(10'000, 'x'));
  });
  p.b.keeps = true;
  p.turn_until([&] { return p.b.bytes >= 900'000; });
  CHECK(support::heap_in_use() - before < 2'000'000);
}

TEST_CASE("more than the outbox may hold ends the session while the peer still does not read",
          "[session][S-36]") {
  pair_of_sessions p;
  snow::limits l;
  l.outbox = 100'000;
  p.begin("a@127.0.0.1:1", "b@127.0.0.1:2", true, l);
  p.turn_until([&] { return p.a.story.size() == 2 && p.b.story.size() == 2; });
  p.shut = true;
  for (int i = 0; i < 20; ++i) {
    p.on_worker([&] { p.push(std::string(10'000, 'x')); });
    for (int n = 0; n < 5; ++n) p.home.turn(false);
  }
  CHECK(p.a.story.back() == "closed overloaded");
}

TEST_CASE("PINGs of a peer that does not read make no answers pile up", "[session][S-36]") {
  pair_of_sessions p;
  p.open();
  p.shut = true;
  p.on_worker([&] { p.push("blocked"); });
  p.home.turn(false);
  auto const before = p.dialler->seen().sent;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    p.on_worker([&] { p.acceptor->probe(); });
    p.home.turn(false);
  }
  p.on_worker([&] { p.of_dialler->open(); });
  p.turn_until([&] { return p.b.story.back() == "pong"; });
  CHECK(p.dialler->seen().sent - before < 200);
}

TEST_CASE("a PONG that was not asked for last is no sign of life now", "[session][S-57]") {
  pair_of_sessions p;
  p.open();
  for (int i = 0; i < 100; ++i) p.home.turn(false);
  p.b.story.clear();
  p.forge(snow::wire::pong{12345});
  p.on_worker([&] { p.push("behind it"); });
  p.turn_until([&] { return !p.b.bodies.empty(); });
  CHECK(p.b.story.empty());
}

TEST_CASE("a PONG answers the probe before it, though a heartbeat went out meanwhile",
          "[session][S-56][S-57]") {
  pair_of_sessions p;
  snow::limits l;
  p.begin("a@127.0.0.1:1", "b@127.0.0.1:2", true, l);
  p.turn_until([&] { return p.a.story.size() == 2 && p.b.story.size() == 2; });
  auto const go_on = [&] {
    for (int i = 0; i < 10; ++i) p.home.turn(false);
  };
  go_on();                                    // PING 1, of the beginning
  p.shut = true;                              // from now on the dialler says what is forged
  p.on_worker([&] { p.acceptor->probe(); });  // PING 2
  go_on();
  p.clock.late += l.heartbeat;  // PING 3
  go_on();
  p.b.story.clear();
  p.forge(snow::wire::pong{1});
  go_on();
  CHECK(p.b.story.empty());
  p.forge(snow::wire::pong{2});
  go_on();
  CHECK(p.b.story == std::vector<std::string>{"pong"});
}

TEST_CASE("a worker that was held up gives up no peer whose frames had arrived", "[session][S-64]") {
  pair_of_sessions p;
  snow::limits l;
  l.missed_heartbeats = 1;
  p.begin("a@127.0.0.1:1", "b@127.0.0.1:2", true, l);
  p.turn_until([&] { return p.a.story.size() == 2 && p.b.story.size() == 2; });
  auto const go_on = [&] {
    for (int i = 0; i < 10; ++i) p.home.turn(false);
  };
  auto const held_up = [&] {
    p.clock.late += l.heartbeat;
    go_on();
  };
  go_on();
  p.shut = true;  // from now on the dialler says what is forged
  held_up();
  p.forge(snow::wire::ping{1});
  held_up();
  CHECK(p.b.story.back() == "open");
  held_up();
  held_up();
  CHECK(p.b.story.back() == "closed no_connection");
}

TEST_CASE("a sign of life makes good all silence before it", "[session][S-64]") {
  pair_of_sessions p;
  snow::limits l;
  l.missed_heartbeats = 2;
  p.begin("a@127.0.0.1:1", "b@127.0.0.1:2", true, l);
  p.turn_until([&] { return p.a.story.size() == 2 && p.b.story.size() == 2; });
  auto const go_on = [&] {
    for (int i = 0; i < 10; ++i) p.home.turn(false);
  };
  go_on();
  p.shut = true;  // from now on the dialler says what is forged
  for (std::uint64_t times = 0; times < 4; ++times) {
    p.forge(snow::wire::ping{times});
    go_on();
    for (int periods = 0; periods < 2; ++periods) {
      p.clock.late += l.heartbeat;
      go_on();
    }
    REQUIRE(p.b.story.back() == "open");
  }
  p.clock.late += l.heartbeat;
  go_on();
  CHECK(p.b.story.back() == "closed no_connection");
}

TEST_CASE("GOODBYE comes after signals in parts, and after those that wait for a window", "[session][S-32]") {
  pair_of_sessions p;
  snow::limits l;
  l.leaving = 1h;  // however long 12 MiB take here
  p.open(l);
  p.on_worker([&] {
    for (int i = 0; i < 4; ++i) p.push(std::string(3 << 20, 'x'));
    p.push("last");
    p.dialler->goodbye();
  });
  p.turn_until([&] { return p.b.story.size() == 3; });
  CHECK(p.b.story.back() == "closed shutdown");
  CHECK(p.b.bytes > (12u << 20));
  REQUIRE_FALSE(p.b.bodies.empty());
  CHECK(p.b.bodies.back() == "last");
}

TEST_CASE("a connection that is not let in yet costs less than 4 KiB", "[session][S-39]") {
  constexpr std::size_t many = 64;
  pair_of_sessions p;
  using unix_socket = asio::local::stream_protocol;
  using socket = asio::basic_stream_socket<unix_socket, asio::io_context::executor_type>;
  std::vector<std::shared_ptr<snow::session>> all;
  std::vector<int> peers;
  all.reserve(many);
  peers.reserve(many);
  auto const connect = [&] {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    peers.push_back(fds[1]);
    socket s{p.sleep.io()};
    s.assign(unix_socket{}, fds[0]);
    snow::wire::hello h;
    h.name = "a@127.0.0.1:1";
    h.creation = 1;
    p.random.fill(h.nonce);
    all.push_back(snow::session::start({p.home,
                                        snow::detail::made_stream<unix_socket>(
                                            std::move(s), std::make_shared<snow::detail::way_home>(p.home)),
                                        p.a,
                                        p.right,
                                        nullptr,
                                        {},
                                        7,
                                        h}));
  };
  p.on_worker(connect);
  for (int i = 0; i < 5; ++i) p.home.turn(false);
  auto const before = support::heap_in_use();
  p.on_worker([&] {
    while (all.size() < many) connect();
  });
  for (int i = 0; i < 5; ++i) p.home.turn(false);
  auto const idle = (support::heap_in_use() - before) / (many - 1);
  // The longest HELLO that there may be, and then nothing.
  snow::byte_buffer out;
  snow::wire::hello h;
  std::string const name(200, 'n');
  h.name = name;
  h.dialled = "a@127.0.0.1:1";
  h.put(out);
  std::size_t const padding = snow::wire::longest_handshake + snow::wire::frame_header - out.size();
  snow::writer w{out};
  w.varint(9);
  w.varint(padding - 3);
  out.append(padding - 3);
  std::fill_n(out.data() + out.size() - (padding - 3), padding - 3, std::byte{1});
  snow::wire::end_frame(out, 0);
  REQUIRE(out.size() == snow::wire::longest_handshake + snow::wire::frame_header);
  for (int const peer : peers)
    REQUIRE(::write(peer, out.data(), out.size()) == static_cast<ssize_t>(out.size()));
  for (int i = 0; i < 200; ++i) p.home.turn(false);
  auto const greeted = (support::heap_in_use() - before) / (many - 1);
  std::byte answer[2048];
  CHECK(::recv(peers.back(), answer, sizeof(answer), MSG_DONTWAIT) > 0);
  INFO("bytes: " << idle << " after the connection, " << greeted << " after a HELLO");
  CHECK(idle < 4096);
  CHECK(greeted < 4096);
  p.on_worker([&] {
    for (auto const& s : all) s->close(snow::error{snow::errc::shutdown});
    all.clear();
  });
  for (int i = 0; i < 10; ++i) p.home.turn(false);
  for (int const peer : peers) ::close(peer);
}

#include <functional>

#include "processes/member.hpp"
#include "snow/registry.hpp"
#include "support/catch.hpp"
#include "support/raw_peer.hpp"

// What strangers and peers may throw at a node. Whatever it is, the node goes on serving others, and says in
// its log what it did about it.

namespace {

namespace wire = snow::wire;
using support::raw_peer;
using support::raw_socket;
using namespace std::chrono_literals;

/// What a stranger does, and the line that it leaves.
struct attack {
  std::string what;
  std::function<void(support::member& victim)> act;
  std::string logged;
};

/// A spawn by name, of a function whose parameters are those.
template <class... Parameters>
wire::spawn spawn_of(std::string_view function, std::uint64_t request, std::uint8_t flags = 0) {
  static constexpr std::byte nothing[2]{};  // no names, and an empty value
  wire::spawn m;
  m.request = request;
  m.caller = {7, 7};
  m.flags = flags;
  m.function = function;
  m.fingerprint = snow::fingerprint_of<std::tuple<Parameters...>>;
  m.arguments = nothing;
  return m;
}
wire::process started(raw_peer& p, const wire::spawn& m) {
  p.put(m);
  auto const r = p.expect<wire::spawn_reply>();
  INFO(r.details);
  REQUIRE(r.status == snow::errc::normal);
  return r.started;
}
/// The peer that all the others are not.
void check_that_it_serves(support::member& victim) {
  raw_peer p{raw_socket::dial(victim.port.number()), "friend@h:1", victim.name};
  p.shake_hands();
  started(p, spawn_of<>("courier", 1));
}

void run(const attack& a, support::member& victim) {
  INFO(a.what);
  a.act(victim);
  INFO(victim.process.error_line_with(a.logged));
  check_that_it_serves(victim);
}

std::string bytes_of(wire::tag t, std::string_view body, std::uint32_t claimed_length) {
  std::string f;
  for (unsigned i = 0; i < 4; ++i) f += static_cast<char>(claimed_length >> (8 * i));
  f += static_cast<char>(t);
  return f.append(body);
}
std::string bytes_of(wire::tag t, std::string_view body) {
  return bytes_of(t, body, static_cast<std::uint32_t>(body.size() + 1));
}

/// Says that, and waits until the victim has closed.
auto saying(std::string bytes) {
  return [bytes](support::member& victim) {
    auto s = raw_socket::dial(victim.port.number());
    s.write(bytes);
    CHECK(s.read_to_end().empty());
  };
}
/// Says that, and closes.
auto breaking_off_after(std::string bytes) {
  return [bytes](support::member& victim) { raw_socket::dial(victim.port.number()).write(bytes); };
}
auto connecting_with(std::string_view cookie, const wire::hello& like, snow::errc refused_with,
                     bool as_the_victim = false) {
  return [=](support::member& victim) {
    raw_peer p{raw_socket::dial(victim.port.number()), as_the_victim ? victim.name : "stranger@h:1",
               victim.name, cookie, like};
    try {
      p.shake_hands();
      FAIL("it was taken in");
    } catch (const snow::error& e) {
      CHECK(e == refused_with);
    }
    CHECK(p.socket().read_to_end().empty());
  };
}
wire::hello of_version(std::uint16_t first, std::uint16_t last) {
  wire::hello h;
  h.first_version = first;
  h.last_version = last;
  return h;
}

/// Everything that a genuine dialler said, said again.
void replay(support::member& victim) {
  raw_peer genuine{raw_socket::dial(victim.port.number()), "genuine@h:1", victim.name};
  genuine.shake_hands();
  auto again = raw_socket::dial(victim.port.number());
  again.write(genuine.said);
  auto const answers = again.read_to_end();
  wire::frame_reader frames{answers, wire::longest_handshake};
  wire::frame f;
  REQUIRE(frames.next(f));
  CHECK(f.tag == wire::tag::hello);
  REQUIRE(frames.next(f));
  CHECK(f.tag == wire::tag::refuse);  // and no PROOF
  CHECK_FALSE(frames.next(f));
  CHECK(genuine.is_answered());
}
/// A byte now and then, so that something always comes.
void drip(support::member& victim) {
  auto s = raw_socket::dial(victim.port.number());
  auto const whole = bytes_of(wire::tag::hello, std::string(1000, 's'));
  std::size_t said = 0;
  while (!s.readable_within(20ms) && said < whole.size()) s.write(std::string_view{whole}.substr(said++, 1));
  CHECK(said < whole.size() / 2);
  CHECK(s.read_to_end().empty());
}

}  // namespace

TEST_CASE("whatever a stranger says, the node serves others and logs it [S-40][S-55]", "[processes]") {
  static const std::vector<attack> attacks{
      {"garbage", saying("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), "a frame that is too long"},
      {"zeros", saying(std::string(64, '\0')), "a frame without a tag"},
      {"another protocol's first word", saying(bytes_of(wire::tag::hello, std::string(60, 'x'))),
       "does not speak this protocol"},
      {"an oversized frame", saying(bytes_of(wire::tag::hello, "", 1026)), "a frame that is too long"},
      {"the largest frame that can be spelled", saying(bytes_of(wire::tag::hello, "", ~std::uint32_t{0})),
       "a frame that is too long"},
      {"a signal before the handshake", saying(bytes_of(wire::tag::goodbye, "")), "out of place"},
      {"a truncated header", breaking_off_after(std::string{"\x20\x00", 2}), "closed the connection"},
      {"a truncated frame", breaking_off_after(bytes_of(wire::tag::hello, "snow", 60)),
       "closed the connection"},
      {"nothing", breaking_off_after(""), "closed the connection"},
      {"a HELLO with bytes missing", saying(bytes_of(wire::tag::hello, "snow\x01")), "HELLO: "},
      {"a wrong cookie", connecting_with("another cookie", {}, snow::errc::bad_cookie), "bad_cookie"},
      {"a later version", connecting_with("a cookie of the tests", of_version(2, 9), snow::errc::bad_version),
       "bad_version"},
      {"the node's own name", connecting_with("a cookie of the tests", {}, snow::errc::bad_name, true),
       "this node's own name"},
      {"a replayed handshake", replay, "bad_cookie"},
  };
  for (auto const& a : attacks) {
    support::member victim{"victim"};
    run(a, victim);
  }
}

TEST_CASE("who says too little for too long is cut off [S-39]", "[processes]") {
  support::member victim{"victim", {"handshake=300"}};
  SECTION("nothing") {
    CHECK(raw_socket::dial(victim.port.number()).read_to_end().empty());
  }
  SECTION("a byte now and then") {
    drip(victim);
  }
  SECTION("everything but the proof") {
    raw_peer p{raw_socket::dial(victim.port.number()), "stranger@h:1", victim.name};
    p.shake_hands(wire::handshake::state::expecting_proof);
    CHECK(p.socket().read_to_end().empty());
  }
  victim.process.error_line_with("timed_out");
  check_that_it_serves(victim);
}

TEST_CASE("a thousand half-open connections keep nobody out [S-39]", "[processes]") {
  support::member victim{"victim"};
  std::vector<raw_socket> crowd;
  for (int i = 0; i < 1000; ++i) crowd.push_back(raw_socket::dial(victim.port.number()));
  victim.process.error_line_with("too many half-open connections");
  check_that_it_serves(victim);
  // The oldest were dropped, and those that there is room for are still waited for.
  CHECK(crowd.front().read_to_end().empty());
  CHECK_FALSE(crowd.back().readable_within(0ms));
}

namespace {

/// What a peer that knows the cookie does.
struct violation {
  std::string what;
  std::function<void(raw_peer&)> act;
  std::string logged;
};

auto putting(wire::tag t, std::string body) {
  return [=](raw_peer& p) { p.put(t, body); };
}
auto writing(std::string bytes) {
  return [=](raw_peer& p) { p.socket().write(bytes); };
}
void send_more_than_the_window(raw_peer& p) {
  static const std::vector<std::byte> text(32'000);
  wire::send m;
  m.to = started(p, spawn_of<>("deaf", 1));
  m.body = text;
  for (int i = 0; i < 4; ++i) p.put(m);
}
void repeat_a_call(raw_peer& p) {
  static constexpr std::byte a_minute[]{std::byte{0}, std::byte{0x60}, std::byte{0xEA}, std::byte{0},
                                        std::byte{0}};
  auto m = spawn_of<std::uint32_t>("nap", 1, wire::spawn::call);
  m.fingerprint = snow::detail::combined_fingerprint(snow::function_kind::task, m.fingerprint,
                                                     snow::fingerprint_of<std::uint32_t>);
  m.arguments = a_minute;
  started(p, m);
  p.put(m);
}
wire::credit too_much_credit() {
  wire::credit c;
  c.session = 1;
  return c;
}

}  // namespace

TEST_CASE("a peer that breaks a rule loses its session, and nobody else does [S-36][S-40]", "[processes]") {
  static const std::vector<violation> violations{
      {"a tag that nobody knows", putting(wire::tag{0x7E}, ""), "unknown tag 126"},
      {"a second HELLO", putting(wire::tag::hello, "snow"), "unknown tag 3"},
      {"an oversized frame", writing(bytes_of(wire::tag::send, "", (64 << 10) + 2)),
       "a frame that is too long"},
      {"a frame without a tag", writing(std::string(4, '\0')), "a frame without a tag"},
      {"a SEND with half a header", putting(wire::tag::send, "\x01"), "SEND: "},
      {"a SEND with flags of the future", putting(wire::tag::send, "\xFF\x01\x01"), "SEND: "},
      {"SENDs without a window", send_more_than_the_window, "SEND: without a window"},
      {"CREDIT for what was not sent", [](raw_peer& p) { p.put(too_much_credit()); },
       "CREDIT: for more than was sent"},
      {"a part of a signal that did not begin", putting(wire::tag::fragment, std::string("\x03x")),
       "FRAGMENT: "},
      {"a signal of a terabyte in parts", putting(wire::tag::fragment, "\x10\x10\x80\x80\x80\x80\x80\x20x"),
       "FRAGMENT: a signal that is too long"},
      {"a PING in parts", putting(wire::tag::fragment, "\x10\xF0\x01x"), "FRAGMENT: a signal in parts"},
      {"a flag of SPAWN that there is none of", [](raw_peer& p) { p.put(spawn_of<>("courier", 1, 8)); },
       "SPAWN: "},
      {"a LINK with half a pid", putting(wire::tag::link, "\x01"), "LINK: "},
      {"an UNLINK without an id", putting(wire::tag::unlink, std::string("\x01\x01\x01\x01")), "UNLINK: "},
      {"a call that is repeated", repeat_a_call, "SPAWN: "},
      {"more names than a frame of PEERS has", putting(wire::tag::peers, "\x7F"), "PEERS: "},
  };
  support::member victim{"victim", {"mailbox_window=65536"}};
  support::member friendly{"friend"};
  REQUIRE(friendly.answer("connect " + victim.name) == "ok");
  for (auto const& v : violations) {
    INFO(v.what);
    raw_peer p{raw_socket::dial(victim.port.number()), "hostile@h:1", victim.name};
    p.shake_hands();
    v.act(p);
    auto const line = victim.process.error_line_with("hostile@h:1 has ended: ");
    CHECK_THAT(line, Catch::Contains(v.logged) && Catch::EndsWith("protocol_violation"));
    p.socket().read_to_end();
    CHECK(friendly.answer("call 0 " + victim.name) == "ok");
  }
  check_that_it_serves(victim);
}

TEST_CASE("signals of a peer that mean nothing here do nothing [S-54][S-67]", "[processes]") {
  support::member victim{"victim"};
  raw_peer p{raw_socket::dial(victim.port.number()), "hostile@h:1", victim.name};
  p.shake_hands();
  static constexpr wire::process nobody{3'000'000'000, 5}, nobody_either{1, ~std::uint64_t{0}};
  static constexpr std::byte garbage[]{std::byte{1}, std::byte{0xFF}, std::byte{0xFF}};

  p.put(wire::tag{0x90}, "of a later version");
  p.put(wire::abandon{77});
  p.put(wire::pong{99});
  p.put(wire::peers{});
  for (auto const& to : {nobody, nobody_either}) {
    p.put(wire::send{.from = wire::process{5, 5}, .to = to, .body = garbage});
    p.put(wire::reply{.request = 1, .token = 2, .to = to, .body = garbage});
    p.put(wire::spawn_reply{.request = 9, .started = to});
    p.put(wire::exit{.how = wire::exit::kind::kill, .from = {1, 1}, .to = to});
    p.put(wire::demonitor{{1, 1}, to, 4});
    p.put(wire::down{to, {1, 1}, 4});
    p.put(wire::unlink_ack{{1, 1}, to, 4});
    p.put(wire::exit{.how = wire::exit::kind::link, .from = {1, 1}, .to = to});
    p.put(wire::link{{1, 1}, to});
    auto const broken = p.expect<wire::exit>();
    CHECK(broken.how == wire::exit::kind::link);
    CHECK((broken.from == to && broken.to == wire::process{1, 1}));
    CHECK(broken.why.code == snow::errc::no_process);
    p.put(wire::unlink{{1, 1}, to, 5});
    CHECK(p.expect<wire::unlink_ack>().id == 5);
    p.put(wire::monitor{{1, 1}, to, 6});
    auto const gone = p.expect<wire::down>();
    CHECK(gone.number == 6);
    CHECK(gone.why.code == snow::errc::no_process);
  }
  auto const refusal_of = [&](const wire::spawn& m) {
    p.put(m);
    return p.expect<wire::spawn_reply>().status;
  };
  CHECK(refusal_of(spawn_of<>("nobody", 1)) == snow::errc::function_not_found);
  CHECK(refusal_of(spawn_of<std::string>("counter", 2)) == snow::errc::signature_mismatch);
  CHECK(refusal_of(spawn_of<std::uint64_t>("counter", 3)) == snow::errc::bad_arguments);

  // A counter takes `add`s; what has the name only, or does not decode, is told to the log (S-8).
  auto const target = started(p, spawn_of<>("courier", 4));
  snow::type_key const add{snow::hash_of("parcel"), 1};
  p.put(wire::send{.to = target, .type = add, .body = garbage});
  victim.process.error_line_with("dropped a message");
  CHECK(p.is_answered());
  check_that_it_serves(victim);
}

#include "snow/wire/handshake.hpp"

#include <functional>
#include <vector>

#include "support/catch.hpp"
#include "wire/hex.hpp"

namespace handshake_test {

namespace {

using namespace hexadecimal;
using snow::byte_buffer;
using snow::errc;
namespace wire = snow::wire;
using state = wire::handshake::state;

/// Knows a cookie, and mixes it with all of the transcript; no more secure than a test needs.
class fake_prover final : public wire::prover {
 public:
  explicit fake_prover(std::string cookie) : cookie_{std::move(cookie)} {}
  wire::proof prove(std::span<const std::byte> transcript) override {
    transcripts.push_back(hex(transcript));
    wire::proof out{};
    std::uint64_t h = 1469598103934665603u;
    auto const mix = [&](std::byte b) { h = (h ^ std::to_integer<std::uint64_t>(b)) * 1099511628211u; };
    for (auto const b : bytes_of(cookie_)) mix(b);
    for (auto const b : transcript) mix(b);
    for (auto& b : out) {
      mix(std::byte{1});
      b = static_cast<std::byte>(h >> 32);
    }
    return out;
  }
  bool equal(const wire::proof& a, const wire::proof& b) noexcept override { return a == b; }

  std::vector<std::string> transcripts;

 private:
  std::string cookie_;
};

struct setup {
  std::string name;
  std::string dialled{};
  std::string cookie = "secret";
  std::uint64_t creation = 1;
  unsigned nonce = 0;
  std::uint16_t first = wire::first_version;
  std::uint16_t last = wire::last_version;
  std::uint64_t capabilities = 0;
  std::uint32_t frame = 64 << 10;
  std::uint64_t session_window = 64 << 20;
  unsigned binding = 0;
};

/// One end, and what it has said so far.
struct end {
  explicit end(const setup& s)
      : with{s}, prover{s.cookie}, shakes{hello(), !s.dialled.empty(), binding(), prover, out} {}

  wire::hello hello() const {
    wire::hello h;
    h.first_version = with.first;
    h.last_version = with.last;
    h.capabilities = with.capabilities;
    h.name = with.name;
    h.dialled = with.dialled;
    h.creation = with.creation;
    for (unsigned i = 0; i < h.nonce.size(); ++i)
      h.nonce[i] =
          static_cast<std::byte>(with.nonce != 0 ? with.nonce : static_cast<unsigned>(with.name[0]) + i);
    h.frame = with.frame;
    h.session_window = with.session_window;
    return h;
  }
  wire::channel_binding binding() const {
    wire::channel_binding b;
    if (with.binding == 0) return b;
    b.is = wire::channel_binding::kind::tls_exporter;
    b.bytes.fill(static_cast<std::byte>(with.binding));
    return b;
  }
  /// Everything that it has said since the last time.
  byte_vector said() {
    byte_vector const all(out.span().begin(), out.span().end());
    out.clear();
    return all;
  }
  /// As a session would: frame by frame, each within the limit of its moment.
  void hears(std::span<const std::byte> bytes) {
    exact const received{bytes};
    wire::frame_reader frames{received.span(), shakes.largest_frame()};
    wire::frame f;
    while (shakes.now() != state::failed && frames.next(f)) {
      shakes.on_frame(f);
      frames.set_largest(shakes.largest_frame());
    }
    if (frames.failed()) shakes.on_failure(frames.why());
  }
  std::string tags() {
    std::string text;
    byte_vector const bytes = said();
    wire::frame_reader frames{bytes, 2'000};
    wire::frame f;
    while (frames.next(f)) {
      text.append(to_string(f.tag));
      if (f.tag == wire::tag::refuse)
        text.append("(").append(to_string(static_cast<errc>(f.body[0]))).append(")");
      text.append(" ");
    }
    return text;
  }

  setup with;
  fake_prover prover;
  byte_buffer out;
  wire::handshake shakes;
};

/// Until nobody has anything more to say.
void talk(end& a, end& b) {
  while (!a.out.empty() || !b.out.empty()) {
    b.hears(a.said());
    a.hears(b.said());
  }
}

setup const ann{.name = "ann@h:1", .dialled = "bob@h:2"};
setup const bob{.name = "bob@h:2"};

TEST_CASE("two nodes with one cookie prove themselves, and the smaller name opens [S-29]") {
  end a{ann}, b{bob};
  talk(a, b);
  CHECK(a.shakes.now() == state::proved);
  CHECK(b.shakes.now() == state::proved);
  CHECK(a.shakes.opens());
  CHECK_FALSE(b.shakes.opens());
  CHECK(a.shakes.agreed().name == "bob@h:2");
  CHECK(b.shakes.agreed().name == "ann@h:1");
  a.shakes.open();
  talk(a, b);
  CHECK(a.shakes.now() == state::open);
  CHECK(b.shakes.now() == state::open);
}

TEST_CASE("the smaller name opens, also when it was dialled") {
  end a{{.name = "zoe@h:1", .dialled = "bob@h:2"}}, b{bob};
  talk(a, b);
  CHECK_FALSE(a.shakes.opens());
  CHECK(b.shakes.opens());
  b.shakes.open();
  talk(a, b);
  CHECK(a.shakes.now() == state::open);
}

TEST_CASE("each end says only what is its turn") {
  end a{ann}, b{bob};
  CHECK(b.out.empty());  // to who says nothing
  auto bytes = a.said();
  b.hears(bytes);
  auto answer = b.said();
  CHECK(static_cast<wire::tag>(answer[4]) == wire::tag::hello);
  a.hears(answer);
  bytes = a.said();
  CHECK(static_cast<wire::tag>(bytes[4]) == wire::tag::proof);
  CHECK(bytes.size() == wire::frame_header + 32);
  b.hears(bytes);
  CHECK(b.tags() == "PROOF ");
}

TEST_CASE("a handshake works however its bytes are cut") {
  for (std::size_t piece : {1u, 2u, 3u, 7u, 50u}) {
    end a{ann}, b{bob};
    byte_vector to_a, to_b;
    auto const feed = [&](end& e, byte_vector& waiting) {
      std::size_t given = 0;
      while (given < waiting.size()) {
        given = std::min(given + piece, waiting.size());
        wire::frame_reader frames{std::span{waiting}.first(given), e.shakes.largest_frame()};
        wire::frame f;
        if (!frames.next(f)) continue;
        e.shakes.on_frame(f);
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(frames.consumed()));
        given = 0;
      }
    };
    while (!a.out.empty() || !b.out.empty()) {
      for (auto const x : a.said()) to_b.push_back(x);
      feed(b, to_b);
      for (auto const x : b.said()) to_a.push_back(x);
      feed(a, to_a);
    }
    CHECK(a.shakes.now() == state::proved);
    CHECK(b.shakes.now() == state::proved);
  }
}

TEST_CASE("what is agreed is what both can do") {
  setup one = ann, two = bob;
  one.last = 3;
  one.capabilities = 0b0110;
  two.capabilities = 0b1100;
  one.frame = 10'000;
  two.session_window = 1 << 16;
  two.creation = 77;
  end a{one}, b{two};
  talk(a, b);
  REQUIRE(a.shakes.now() == state::proved);
  auto const& agreed = a.shakes.agreed();
  CHECK(agreed.version == 1);
  CHECK(agreed.capabilities == 0b0100);
  CHECK(agreed.frame == 10'000);
  CHECK(agreed.session_window == 1 << 16);
  CHECK(agreed.creation == 77);
  CHECK(b.shakes.agreed().frame == 10'000);
  CHECK(b.shakes.agreed().session_window == 64 << 20);
  CHECK(a.shakes.largest_frame() == 10'000);
}

TEST_CASE("the proofs cover role, binding and every byte of both HELLOs") {
  end a{ann}, b{bob};
  auto const hello_of_a = a.said();
  b.hears(hello_of_a);
  auto const hello_of_b = b.said();
  a.hears(hello_of_b);
  auto const body = [](const byte_vector& frame) {
    return hex(std::span{frame}.subspan(wire::frame_header));
  };
  auto const length = [](const byte_vector& frame) {
    auto const n = frame.size() - wire::frame_header;
    std::array<std::byte, 4> const le{static_cast<std::byte>(n), static_cast<std::byte>(n >> 8), {}, {}};
    return hex(le);
  };
  CHECK(a.prover.transcripts.back() == "01" + std::string{"00"} + std::string(64, '0') + length(hello_of_a) +
                                           body(hello_of_a) + length(hello_of_b) + body(hello_of_b));
  b.hears(a.said());
  CHECK(b.prover.transcripts.back().substr(0, 4) == "0200");
  CHECK(b.prover.transcripts.back().substr(4) == a.prover.transcripts.front().substr(4));
}

TEST_CASE("HELLO has its golden bytes") {
  setup s = ann;
  s.nonce = 0xCC;
  s.creation = 0x0807060504030201;
  s.capabilities = 3;
  end a{s};
  CHECK(hex(a.said()) ==
        hex(unhex("5e000000 03 736e6f77 0100 0100 0300000000000000 07616e6e40683a31 07626f6240683a32"
                  "0102030405060708 cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
                  "808004 01 04 80808020 02 03 808040 03 05 8080808001")));
}

TEST_CASE("HELLO's fields of unknown types are ignored and still signed [S-67]") {
  for (bool const changed_on_the_way : {false, true}) {
    end a{ann}, b{bob};
    auto hello_of_a = a.said();
    byte_vector const field = unhex("7f 03 010203");
    auto longer = hello_of_a;
    longer.insert(longer.end(), field.begin(), field.end());
    longer[0] = static_cast<std::byte>(std::to_integer<unsigned>(longer[0]) + field.size());
    b.hears(longer);
    REQUIRE(b.shakes.now() == state::expecting_proof);
    a.hears(b.said());
    if (changed_on_the_way) {  // a did not say that field, so its proof does not cover it
      b.hears(a.said());
      CHECK(b.shakes.why() == errc::bad_cookie);
    }
  }
}

// ---- what must not work

TEST_CASE("a wrong cookie is told to both ends, and neither proves anything to the other") {
  setup stranger = ann;
  stranger.cookie = "guess";
  end a{stranger}, b{bob};
  b.hears(a.said());
  a.hears(b.said());
  b.hears(a.said());
  CHECK(b.shakes.now() == state::failed);
  CHECK(b.shakes.why().which() == errc::bad_cookie);
  auto const last = b.said();
  CHECK(hex(last) ==
        "0200000002"
        "41");  // REFUSE bad_cookie, and no PROOF
  a.hears(last);
  CHECK(a.shakes.why().which() == errc::bad_cookie);
  CHECK(a.shakes.why().details() == "waiting for PROOF: refused by the other end: it has another cookie");
}

TEST_CASE("an acceptor that does not know the cookie is refused by the dialler") {
  end a{ann}, b{bob};
  b.hears(a.said());
  a.hears(b.said());
  a.said();
  byte_buffer forged;
  std::size_t const at = wire::begin_frame(forged, wire::tag::proof);
  std::memset(forged.append(32), 7, 32);
  wire::end_frame(forged, at);
  a.hears(forged.span());
  CHECK(a.shakes.why().which() == errc::bad_cookie);
  CHECK(a.tags() == "REFUSE(bad_cookie) ");
}

TEST_CASE(
    "a proof that was given on another connection is worth nothing: replayed, reflected or relayed [S-59]") {
  SECTION("replayed: the acceptor's nonce is another") {
    end a{ann}, b{bob};
    auto const hello = a.said();
    b.hears(hello);
    a.hears(b.said());
    auto const proof = a.said();
    setup again = bob;
    again.nonce = 99;
    end later{again};
    later.hears(hello);
    later.hears(proof);
    CHECK(later.shakes.why().which() == errc::bad_cookie);
  }
  SECTION("reflected: the acceptor's role is another") {
    end a{ann}, b{bob};
    b.hears(a.said());
    a.hears(b.said());
    auto const own_proof = a.said();
    a.hears(own_proof);
    CHECK(a.shakes.why().which() == errc::bad_cookie);
  }
  SECTION("relayed: the channel is another") {
    setup one = ann, two = bob;
    one.binding = 1;
    two.binding = 2;
    end a{one}, b{two};
    talk(a, b);
    CHECK(a.shakes.why().which() == errc::bad_cookie);
    CHECK(b.shakes.why().which() == errc::bad_cookie);
  }
  SECTION("the same channel") {
    setup one = ann, two = bob;
    one.binding = two.binding = 1;
    end a{one}, b{two};
    talk(a, b);
    CHECK(a.shakes.now() == state::proved);
  }
}

TEST_CASE("a node that meets itself, or its name, says so") {
  SECTION("its own HELLO comes back") {
    end a{ann};
    auto const own = a.said();
    a.hears(own);
    CHECK(a.shakes.why().which() == errc::bad_name);
    CHECK(a.tags() == "REFUSE(bad_name) ");
  }
  SECTION("another node of the same name") {
    setup twin = ann;
    twin.dialled = {};
    twin.creation = 2;
    twin.nonce = 5;
    end a{ann}, b{twin};
    talk(a, b);
    CHECK(b.shakes.why().which() == errc::bad_name);
    CHECK(a.shakes.why().which() == errc::bad_name);
  }
  SECTION("its own nonce under another name") {
    setup mirror = bob;
    mirror.nonce = 9;
    setup one = ann;
    one.nonce = 9;
    end a{one}, b{mirror};
    talk(a, b);
    CHECK(b.shakes.why().which() == errc::bad_name);
  }
}

TEST_CASE("who answers under another name than was dialled is refused by both, once the proofs are good") {
  setup lost = ann;
  lost.dialled = "carl@h:3";
  end a{lost}, b{bob};
  talk(a, b);
  CHECK(a.shakes.why().which() == errc::bad_name);
  CHECK(a.shakes.why().details() == "waiting for PROOF: the node that answers to carl@h:3 is named bob@h:2");
  CHECK(b.shakes.why().which() == errc::bad_name);
}

TEST_CASE("nodes without a version in common say so, whatever else is in the HELLO") {
  setup future = ann;
  future.first = 2;
  future.last = 9;
  end a{future}, b{bob};
  talk(a, b);
  CHECK(b.shakes.why().which() == errc::bad_version);
  CHECK(b.shakes.why().details() ==
        "waiting for HELLO: the peer speaks versions 2 to 9 of the protocol, this node 1 to 1");
  CHECK(a.shakes.why().which() == errc::bad_version);
  CHECK(a.shakes.why().details() ==
        "waiting for HELLO: refused by the other end: it speaks none of the versions 2 to 9 of the protocol");

  end other{bob};
  other.hears(
      unhex("0a000000 03 736e6f77 0700 0700 ff"));  // nothing that version 1 could read behind the range
  CHECK(other.shakes.why().which() == errc::bad_version);
  CHECK(other.tags() == "REFUSE(bad_version) ");
}

TEST_CASE("a refusal after the proofs reaches the other end with its reason [S-56]") {
  for (auto const why : {errc::name_in_use, errc::duplicate, errc::shutting_down, errc::overloaded}) {
    end a{ann}, b{bob};
    talk(a, b);
    b.shakes.refuse(why);
    talk(a, b);
    CHECK(b.shakes.why().which() == why);
    CHECK(a.shakes.why().which() == why);
    CHECK_THAT(a.shakes.why().details(), Catch::StartsWith("waiting for OPEN: refused by the other end: "));
  }
}

TEST_CASE("the end that does not open may refuse when the OPEN is there already") {
  end a{ann}, b{bob};
  talk(a, b);
  a.shakes.open();
  b.hears(a.said());
  REQUIRE(b.shakes.now() == state::open);
  b.shakes.refuse(errc::name_in_use);
  a.hears(b.said());
  CHECK(a.shakes.now() == state::failed);
  CHECK(a.shakes.why().which() == errc::name_in_use);
}

TEST_CASE(
    "before both proofs no REFUSE but of three reasons is believed, and none of the end that opens after its "
    "OPEN") {
  auto const refuse = [](errc why) {
    byte_buffer out;
    std::size_t const at = wire::begin_frame(out, wire::tag::refuse);
    snow::writer{out}.varint(static_cast<std::uint64_t>(why));
    wire::end_frame(out, at);
    return out;
  };
  for (auto const why : {errc::name_in_use, errc::duplicate, errc::overloaded, errc::normal}) {
    end a{ann};
    a.hears(refuse(why).span());
    CHECK(a.shakes.why().which() == errc::protocol_violation);
  }
  end a{ann}, b{bob};
  talk(a, b);
  a.shakes.open();
  b.hears(a.said());
  b.hears(refuse(errc::duplicate).span());
  CHECK(b.shakes.why().which() == errc::protocol_violation);
}

struct bad {
  std::string_view what;
  std::string bytes;
};

/// A frame of that tag, its length right.
std::string framed(unsigned tag, std::string_view body_in_hex) {
  auto const body = unhex(body_in_hex);
  byte_buffer out;
  std::size_t const at = wire::begin_frame(out, static_cast<wire::tag>(tag));
  out.append(body);
  wire::end_frame(out, at);
  return hex(out.span());
}

TEST_CASE("whatever else comes first ends the connection as a violation, and nothing is told [S-55]") {
  std::string const start = "736e6f77 0100 0100 0000000000000000 ";
  std::string const rest = "0102030405060708 " + std::string(64, 'c') + " 808004";
  std::string const names = "07 616e6e40683a31 07 626f6240683a32 ";
  std::vector<bad> const cases{
      {"garbage", "deadbeefdeadbeefdeadbeef"},
      {"a request of another protocol", hex(bytes_of("GET / HTTP/1.1\r\n\r\n"))},
      {"a frame without a tag", "00000000"},
      {"an oversized frame", "02040000 03"},
      {"an empty HELLO", framed(3, "")},
      {"wrong magic", framed(3, "736e6f78 0100 0100 0000000000000000 " + names + rest)},
      {"a range of versions that is turned round",
       framed(3, "736e6f77 0100 0000 0000000000000000 " + names + rest)},
      {"a HELLO that ends within its nonce", framed(3, start + names + "0102030405060708 cccc")},
      {"no name", framed(3, start + "00 07 626f6240683a32 " + rest)},
      {"a name longer than the message", framed(3, start + "ff01 61")},
      {"a name with a line break", framed(3, start + "02 610a 07 626f6240683a32 " + rest)},
      {"a largest frame below what every node takes",
       framed(3, start + names + "0102030405060708 " + std::string(64, 'c') + " 8001")},
      {"fields out of order", framed(3, start + names + rest + " 02 01 05 01 01 05")},
      {"a field twice", framed(3, start + names + rest + " 01 01 05 01 01 05")},
      {"a field longer than the message", framed(3, start + names + rest + " 09 05 00")},
      {"a window of nothing", framed(3, start + names + rest + " 01 01 00")},
      {"a HELLO without the name that was dialled", framed(3, start + "07 616e6e40683a31 00 " + rest)},
      {"a PROOF before the HELLO", framed(4, std::string(64, '0'))},
      {"an OPEN", framed(1, "")},
      {"a SEND", framed(0x10, "00 01 01 0102030405060708 0102030405060708 00")},
      {"a PING", framed(0xF0, "01")},
      {"a skippable tag", framed(0x80, "")},
      {"a REFUSE of an unknown reason", framed(2, "7f")},
  };
  for (auto const& c : cases) {
    INFO(c.what);
    end b{bob};
    b.hears(unhex(c.bytes));
    REQUIRE(b.shakes.now() == state::failed);
    bool const typed =
        b.shakes.why() == errc::protocol_violation || c.what.find("turned round") != c.what.npos;
    CHECK(typed);
    if (b.shakes.why() == errc::protocol_violation) CHECK(b.out.empty());
  }
}

TEST_CASE("a HELLO in the place of each later message, and each later message twice, are violations") {
  for (int const step : {1, 2, 3}) {
    end a{ann}, b{bob};
    auto const hello = a.said();
    b.hears(hello);
    a.hears(b.said());
    auto const proof = a.said();
    if (step == 1) b.hears(hello);
    if (step >= 2) b.hears(proof);
    if (step == 2) b.hears(hello);
    if (step == 3) b.hears(proof);
    CHECK(b.shakes.why().which() == errc::protocol_violation);
  }
}

TEST_CASE("OPEN of the end whose name is the larger is a violation") {
  end a{ann}, b{bob};
  talk(a, b);
  a.hears(unhex("01000000 01"));
  CHECK(a.shakes.why().which() == errc::protocol_violation);
}

TEST_CASE(
    "a peer that breaks off or says nothing in any state ends the handshake with that reason and the state") {
  auto const broken = snow::error{errc::timed_out, "no answer"};
  auto const check = [&](end& e, std::string_view text) {
    CHECK(e.shakes.on_failure(broken) == state::failed);
    CHECK(e.shakes.why().which() == errc::timed_out);
    CHECK(e.shakes.why().details() == text);
    e.hears(unhex("01000000 01"));  // what comes after changes nothing
    CHECK(e.shakes.why().details() == text);
  };
  end a{ann}, b{bob};
  SECTION("before its HELLO") {
    check(a, "waiting for HELLO: no answer");
    check(b, "waiting for HELLO: no answer");
  }
  SECTION("before its PROOF") {
    b.hears(a.said());
    a.hears(b.said());
    check(a, "waiting for PROOF: no answer");
    check(b, "waiting for PROOF: no answer");
  }
  SECTION("before its OPEN") {
    talk(a, b);
    check(b, "waiting for OPEN: no answer");
  }
}

TEST_CASE("an own HELLO that no peer would take is refused when it is made") {
  setup wrong = ann;
  wrong.name = "an n";
  CHECK_THROWS_AS(end{wrong}, snow::error);
  wrong.name = std::string(256, 'n');
  CHECK_THROWS_AS(end{wrong}, snow::error);
}

TEST_CASE("the longest HELLO fits its limit") {
  setup longest = ann;
  longest.name = std::string(wire::longest_name, 'a');
  longest.dialled = std::string(wire::longest_name, 'b');
  end a{longest};
  CHECK(a.said().size() - wire::frame_header <= wire::longest_handshake);
}

TEST_CASE("whatever damage is done to what an end hears, it fails with a typed error or waits") {
  end a{ann}, b{bob};
  auto const hello_of_a = a.said();
  b.hears(hello_of_a);
  auto const hello_of_b = b.said();
  a.hears(hello_of_b);
  auto const proof_of_a = a.said();

  for_each_damage(hello_of_a, [&](std::span<const std::byte> bytes) {
    end e{bob};
    e.hears(bytes);
    CHECK((e.shakes.now() == state::expecting_hello || e.shakes.now() == state::expecting_proof ||
           e.shakes.now() == state::failed));
    e.hears(proof_of_a);
    CHECK(e.shakes.now() != state::proved);
  });
  for_each_damage(hello_of_b, [&](std::span<const std::byte> bytes) {
    end e{ann};
    e.said();
    e.hears(bytes);
    CHECK(e.shakes.now() != state::proved);
    e.hears(bytes);
    CHECK(e.shakes.now() != state::proved);
  });
  for_each_damage(proof_of_a, [&](std::span<const std::byte> bytes) {
    end e{bob};
    e.hears(hello_of_a);
    e.hears(bytes);
    bool const whole =
        bytes.size() >= proof_of_a.size() && std::equal(proof_of_a.begin(), proof_of_a.end(), bytes.begin());
    CHECK((e.shakes.now() == state::proved) == whole);
  });
}

}  // namespace

}  // namespace handshake_test

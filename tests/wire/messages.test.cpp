#include "snow/wire/messages.hpp"

#include <tuple>

#include "support/catch.hpp"
#include "wire/hex.hpp"
#include "wire/samples.hpp"

namespace messages_test {

namespace {

using namespace hexadecimal;
using snow::byte_buffer;
using snow::errc;
namespace wire = snow::wire;
using snow::wire::get;

template <class M>
byte_buffer bytes_of_message(const M& m) {
  byte_buffer out;
  wire::put(out, m);
  return out;
}

std::span<const std::byte> body(const byte_buffer& frame) {
  return frame.span().subspan(wire::frame_header);
}

TEST_CASE("every message has the bytes that the document prints") {
  for (auto const& s : samples::all()) {
    INFO(s.name);
    CHECK(hex(s.frame.span()) == hex(unhex(s.golden)));
  }
}

TEST_CASE("every message that is written can be read again, and is the same") {
  for (auto const& s : samples::all()) {
    INFO(s.name);
    auto const again = s.read_and_write(body(s.frame));
    REQUIRE(again.has_value());
    CHECK(hex(again->span()) == hex(s.frame.span()));
  }
}

TEST_CASE("whatever damage is done to a message, it reads as an error or as another good message") {
  for (auto const& s : samples::all()) {
    INFO(s.name);
    for_each_damage(body(s.frame), [&](std::span<const std::byte> bad) {
      auto const again = s.read_and_write(bad);
      if (again) {
        CHECK(hex(body(*again)) == hex(bad));  // every message has one spelling
      } else {
        CHECK(again.error().which() == errc::protocol_violation);
        CHECK_THAT(again.error().details(), Catch::Contains("at byte"));
      }
    });
  }
}

TEST_CASE("random bytes read as an error or as a message") {
  hexadecimal::dice random{2};
  int read = 0;
  for (int round = 0; round < 2000; ++round) {
    exact const noise{random_bytes(random, random() % 120)};
    for (auto const& s : samples::all())
      if (auto const again = s.read_and_write(noise.span())) {
        CHECK(hex(body(*again)) == hex(noise.span()));
        ++read;
      }
  }
  CHECK(read > 0);
}

TEST_CASE("a message with everything keeps everything") {
  auto const m = samples::full_send();
  auto const frame = bytes_of_message(m);
  auto const read = get<wire::send>(body(frame));
  REQUIRE(read.has_value());
  CHECK(read->from == m.from);
  CHECK(read->to == m.to);
  CHECK(read->ask == m.ask);
  CHECK(read->trace == m.trace);
  CHECK(read->type == m.type);
  CHECK(hex(read->body) == hex(m.body));
  CHECK(read->body.data() > frame.data());
  CHECK(read->body.data() < frame.data() + frame.size());
}

TEST_CASE("a header can be written before its body") {
  auto m = samples::full_send();
  auto const whole = bytes_of_message(m);
  auto const text = m.body;
  m.body = {};
  byte_buffer out;
  std::size_t const at = wire::begin(out, m);
  out.append(text);
  wire::end_frame(out, at);
  CHECK(hex(out.span()) == hex(whole.span()));
}

TEST_CASE("a process in a header means one of the node that its field implies [S-54]") {
  snow::pid const p{7, 3, 1'000};
  CHECK(wire::process::of(p).at(7) == p);
  CHECK(wire::process::of(p).at(8) != p);
}

struct broken {
  std::string_view what;
  std::string_view hex;
  std::string_view why;
};

template <class M>
void check_all(std::initializer_list<broken> cases) {
  for (auto const& c : cases) {
    INFO(c.what);
    auto const read = get<M>(exact{unhex(c.hex)}.span());
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().which() == errc::protocol_violation);
    CHECK(read.error().details() == c.why);
  }
}

TEST_CASE("each fault of a message is told with its place") {
  std::string_view const key = "0102030405060708 1112131415161718";
  check_all<wire::send>({
      {"nothing", "", "SEND: the bytes end within a number, at byte 0"},
      {"an unknown flag", "08", "SEND: a flag of an unknown meaning, at byte 1"},
      {"a slot of more than 32 bits", "00 8080808010 01", "SEND: a number that is too large, at byte 6"},
      {"a varint longer than it must be", "00 8000 01",
       "SEND: a varint that is longer than it must be, at byte 3"},
      {"no type", "00 01 01", "SEND: the bytes end within a number, at byte 3"},
      {"a question of nobody",
       "02 01 01 05 0000000000000000 0102030405060708 1112131415161718 0102030405060708 1112131415161718",
       "SEND: a question of nobody, at byte 44"},
  });
  check_all<wire::send_to_name>({
      {"no name", std::string{"00 00"}.append(key), "SEND_TO_NAME: a name of a bad length, at byte 2"},
      {"a name longer than the frame", "00 7f 61", "SEND_TO_NAME: a count of more than there is, at byte 2"},
  });
  check_all<wire::reply>({
      {"an unknown status", "01 0000000000000000 01 01 63",
       "REPLY: an error of an unknown number, at byte 12"},
      {"a status of more than 16 bits", "01 0000000000000000 01 01 808004",
       "REPLY: a number that is too large, at byte 14"},
  });
  check_all<wire::spawn>({
      {"an unknown flag", "01 0000000000000000 01 01 08", "SPAWN: a flag of an unknown meaning, at byte 12"},
      {"no function", "01 0000000000000000 01 01 00 00", "SPAWN: a name of a bad length, at byte 13"},
  });
  check_all<wire::exit>({
      {"an unknown kind", "03", "EXIT: a choice of an unknown number, at byte 1"},
      {"bytes behind the end", "01 01 01 01 01 01 00 00", "EXIT: bytes behind the end, at byte 7"},
  });
  check_all<wire::ping>(
      {{"a number of 65 bits", "ffffffffffffffffff02", "PING: a varint of more than 64 bits, at byte 10"}});
  check_all<wire::goodbye>({{"a body", "00", "GOODBYE: bytes behind the end, at byte 0"}});
  check_all<wire::credit>(
      {{"33 targets", "00 21" + std::string(33 * 6, '0'), "CREDIT: a list that is too long, at byte 2"}});
  check_all<wire::peers>(
      {{"17 names", "11" + std::string(17 * 4, '1'), "PEERS: a list that is too long, at byte 1"}});
}

TEST_CASE("texts are cut to what a peer takes") {
  std::string const endless(10'000, 'x');
  auto const exit = bytes_of_message(wire::exit{.why = {errc::user, endless}});
  auto const read = get<wire::exit>(body(exit));
  REQUIRE(read.has_value());
  CHECK(read->why.text.size() == wire::longest_reason);
  auto const reply =
      bytes_of_message(wire::spawn_reply{.status = errc::signature_mismatch, .details = endless});
  CHECK(reply.size() < wire::smallest_frame);
  CHECK(get<wire::spawn_reply>(body(reply)).value().details.size() == wire::longest_details);

  byte_buffer too_long;
  snow::writer w{too_long};
  w.bytes(unhex("01 0101 0101 05"));
  w.string(endless.substr(0, wire::longest_reason + 1));
  CHECK_THAT(get<wire::exit>(too_long.span()).error().details(), Catch::Contains("a text that is too long"));
}

TEST_CASE("what never comes in parts fits the smallest frame, however full it is") {
  std::string const name(wire::longest_name, 'n');
  std::string const text(wire::longest_reason, 't');
  wire::process const p{~0u, ~0ull};
  wire::credit full;
  full.session = ~0ull;
  while (!full.targets.full()) full.targets.push_back({p, ~0ull});
  wire::peers all;
  while (!all.names.full()) all.names.push_back(name);
  CHECK(body(bytes_of_message(full)).size() <= wire::smallest_frame);
  CHECK(body(bytes_of_message(all)).size() <= wire::smallest_frame);
  CHECK(body(bytes_of_message(wire::exit{wire::exit::kind::kill, p, p, {errc::user, text}})).size() <=
        wire::smallest_frame);
  CHECK(body(bytes_of_message(wire::down{p, p, ~0ull, {errc::user, text}})).size() <= wire::smallest_frame);
}

}  // namespace

}  // namespace messages_test

#include "snow/wire/fragments.hpp"

#include <map>
#include <vector>

#include "support/catch.hpp"
#include "wire/hex.hpp"

namespace fragments_test {

namespace {

using namespace hexadecimal;
using snow::byte_buffer;
using snow::errc;
namespace wire = snow::wire;
using wire::process;
using wire::tag;

snow::bytes body_of(std::size_t n, unsigned seed = 0) {
  hexadecimal::dice random{seed};
  return snow::bytes::copy_of(random_bytes(random, n));
}

struct delivered {
  tag what;
  snow::bytes body;
};

/// The bytes of the splitter through the assembler.
std::vector<delivered> assembled(wire::assembler& to, const byte_buffer& stream, std::uint32_t frame) {
  std::vector<delivered> all;
  wire::frame_reader frames{stream.span(), frame};
  for (wire::frame f; frames.next(f);) {
    REQUIRE(f.tag == tag::fragment);
    wire::assembler::whole w;
    if (to.take(exact{f.body}.span(), w)) all.push_back({w.tag, w.body});
    REQUIRE_FALSE(to.failed());
  }
  REQUIRE(frames.consumed() == stream.size());
  return all;
}

TEST_CASE("a signal in parts arrives as it was, whatever its length") {
  for (std::size_t const n : {101u, 196u, 197u, 198u, 199u, 1'000u, 100'000u}) {
    auto const body = body_of(n);
    wire::splitter from{100, 1'000};
    from.add({1, 1}, tag::reply, body);
    CHECK(from.bytes_left() == n);
    byte_buffer stream;
    std::optional<process> complete;
    while (!from.empty()) {
      CHECK_FALSE(complete.has_value());
      complete = from.next(stream);
    }
    CHECK(complete == process{1, 1});
    CHECK(from.bytes_left() == 0);
    wire::assembler to{1'000, 1'000'000};
    auto const got = assembled(to, stream, 100);
    REQUIRE(got.size() == 1);
    CHECK(got[0].what == tag::reply);
    CHECK(got[0].body == body);
    CHECK(to.bytes_held() == 0);
  }
}

TEST_CASE("a part has its golden bytes") {
  wire::splitter from{8, 1'000};
  auto const text = unhex("0102030405060708090a0b0c");
  from.add({1, 1}, tag::send, snow::bytes::copy_of(text));
  byte_buffer out;
  while (!from.empty()) from.next(out);
  CHECK(hex(out.span()) == hex(unhex("09000000 20 10 10 0c 0102030405"
                                     "09000000 20 00 060708090a0b0c")));
}

TEST_CASE("parts fill their frames, and no frame is longer than allowed") {
  wire::splitter from{1'000, 10'000};
  from.add({1, 1}, tag::send, body_of(5'000));
  byte_buffer stream;
  while (!from.empty()) from.next(stream);
  wire::frame_reader frames{stream.span(), 1'000};
  int full = 0, others = 0;
  for (wire::frame f; frames.next(f);) ++(f.body.size() == 1'000 ? full : others);
  CHECK_FALSE(frames.failed());
  CHECK(full == 5);
  CHECK(others == 1);
}

TEST_CASE("signals in parts take turns, sixteen at a time [S-2]") {
  wire::splitter from{100, 1 << 20};
  for (std::uint32_t i = 0; i < 20; ++i) from.add({i, 1}, tag::send, body_of(i == 0 ? 10'000 : 150, i));
  std::vector<std::uint32_t> complete;
  byte_buffer stream;
  int parts = 0;
  while (!from.empty()) {
    ++parts;
    if (auto const p = from.next(stream)) complete.push_back(p->slot);
    if (parts == 32) CHECK(complete.size() == 15);  // two turns of all
  }
  CHECK(complete.back() == 0);  // the long one stopped nobody
  CHECK(complete.front() == 1);
  CHECK(complete.size() == 20);
  wire::assembler to{1 << 20, 1 << 20};
  CHECK(assembled(to, stream, 100).size() == 20);
}

TEST_CASE("signals in parts stay within the window, overdrawn by one") {
  wire::splitter from{100, 1'000};
  for (std::uint32_t i = 0; i < 10; ++i) from.add({i, 1}, tag::send, body_of(600, i));
  wire::assembler to{1'000, 10'000};
  std::uint64_t most = 0;
  std::size_t arrived = 0;
  while (!from.empty()) {
    byte_buffer part;
    from.next(part);
    arrived += assembled(to, part, 100).size();
    most = std::max(most, to.bytes_held());
  }
  CHECK(arrived == 10);
  CHECK(most == 1'200);
}

TEST_CASE("a signal larger than the whole window arrives, alone [S-62]") {
  wire::splitter from{100, 10};
  from.add({1, 1}, tag::send, body_of(5'000, 1));
  from.add({2, 1}, tag::send, body_of(5'000, 2));
  byte_buffer stream;
  while (!from.empty()) from.next(stream);
  wire::assembler to{10, 5'000};
  CHECK(assembled(to, stream, 100).size() == 2);
}

TEST_CASE("every lie about parts is a violation that says which") {
  struct lie {
    std::string_view why;
    std::vector<std::string_view> parts;
  };
  std::string_view const begun = "10 10 04 0102";
  std::vector<lie> const lies{
      {"a part of an unknown form", {""}},
      {"a part of an unknown form", {"20 10 04 01"}},
      {"a part of a signal that did not begin", {"00 01"}},
      {"a part of a signal that did not begin", {begun, "01 01"}},
      {"a part of a signal that did not begin", {begun, "00 0304", "00 05"}},
      {"a signal that begins within another one of its number", {begun, begun}},
      {"a first part that is too short", {"10 10"}},
      {"a first part that is too short", {"10 10 8000 01"}},
      {"a signal in parts that must not be", {"10 f0 04 0102"}},
      {"a signal in parts that must not be", {"10 20 04 0102"}},
      {"a signal in parts that must not be", {"10 15 04 0102"}},
      {"a signal that is too long", {"10 10 e907 01"}},
      {"a signal that is too long", {"10 10 ffffffffffffffffff01 01"}},
      {"a part with nothing in it", {"10 10 04"}},
      {"a part with nothing in it", {"10 10 00"}},
      {"a part with nothing in it", {begun, "00"}},
      {"more parts than the signal is long", {"10 10 04 0102030405"}},
      {"more parts than the signal is long", {begun, "00 030405"}},
      {"more signals in parts than the window allows", {"10 10 f403 01", "11 10 04 01"}},
  };
  for (auto const& l : lies) {
    INFO(l.why);
    wire::assembler to{500, 1'000};
    wire::assembler::whole w;
    for (auto const part : l.parts) {
      CHECK_FALSE(to.failed());
      if (to.take(exact{unhex(part)}.span(), w)) CHECK(&part != &l.parts.back());
    }
    REQUIRE(to.failed());
    CHECK(to.why().which() == errc::protocol_violation);
    CHECK(to.why().details() == std::string{"FRAGMENT: "}.append(l.why));
    CHECK_FALSE(to.take(exact{unhex(begun)}.span(), w));
  }
}

TEST_CASE("whatever parts a peer sends, memory stays within the window and one signal [S-36]") {
  hexadecimal::dice random{3};
  for (int round = 0; round < 2'000; ++round) {
    wire::assembler to{500, 1'000};
    for (int i = 0; i < 30 && !to.failed(); ++i) {
      byte_vector part;
      part.push_back(static_cast<std::byte>(random() % 36));
      if ((part[0] & std::byte{0x10}) != std::byte{}) {
        part.push_back(static_cast<std::byte>(0x10 + random() % 2));
        part.push_back(static_cast<std::byte>(random() % 128));
      }
      for (unsigned n = random() % 30; n > 0; --n) part.push_back(static_cast<std::byte>(random()));
      wire::assembler::whole w;
      if (to.take(exact{part}.span(), w)) CHECK(w.body.size() <= 1'000);
      CHECK(to.bytes_held() <= 1'500);
    }
  }
}

}  // namespace

}  // namespace fragments_test

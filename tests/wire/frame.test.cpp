#include "snow/wire/frame.hpp"

#include "support/catch.hpp"
#include "wire/hex.hpp"

namespace frame_test {

namespace {

using namespace hexadecimal;
using snow::byte_buffer;
using snow::errc;
namespace wire = snow::wire;

byte_buffer framed(wire::tag t, std::string_view body) {
  byte_buffer out;
  std::size_t const at = wire::begin_frame(out, t);
  out.append(bytes_of(body));
  wire::end_frame(out, at);
  return out;
}

TEST_CASE("a frame is its length, its tag and its body") {
  CHECK(hex(framed(wire::tag::goodbye, "").span()) == "0100000022");
  CHECK(hex(framed(wire::tag::send, "ab").span()) == "03000000106162");
  CHECK(hex(framed(wire::tag::pong, std::string(300, 'x')).span()).substr(0, 10) == "2d010000f1");
}

TEST_CASE("a frame is appended behind what stands in the buffer already, and tells the length of its body") {
  byte_buffer out = framed(wire::tag::ping, "1");
  std::size_t const at = wire::begin_frame(out, wire::tag::pong);
  out.append(bytes_of("xyz"));
  CHECK(wire::end_frame(out, at) == 3);
  CHECK(hex(out.span()) ==
        "02000000f031"
        "04000000f178797a");
}

TEST_CASE("frames are taken off the front, and what is not complete stays") {
  byte_buffer in = framed(wire::tag::ping, "1");
  in.append(framed(wire::tag::send, "hello").span());
  in.append(framed(wire::tag::pong, "2").span());
  for (std::size_t received = 0; received <= in.size(); ++received) {
    exact const bytes{in.span().first(received)};
    wire::frame_reader frames{bytes.span(), 100};
    wire::frame f;
    std::string story;
    while (frames.next(f)) story.append(to_string(f.tag)).append(std::to_string(f.body.size())).append(" ");
    CHECK_FALSE(frames.failed());
    CHECK(story == std::string{"PING1 SEND5 PONG1 "}.substr(0, received < 6    ? 0
                                                               : received < 16 ? 6
                                                               : received < 22 ? 12
                                                                               : 18));
    CHECK(frames.consumed() == (received < 6 ? 0u : received < 16 ? 6u : received < 22 ? 16u : 22u));
    CHECK(frames.consumed() + frames.wanted() > received);
  }
}

TEST_CASE("the bytes of a body are not copied") {
  byte_buffer const in = framed(wire::tag::send, "hello");
  wire::frame_reader frames{in.span(), 100};
  wire::frame f;
  REQUIRE(frames.next(f));
  CHECK(f.body.data() == in.data() + wire::frame_header);
}

TEST_CASE("what the next frame wants is known from its length on") {
  byte_buffer const in = framed(wire::tag::send, std::string(1000, 'x'));
  wire::frame f;
  wire::frame_reader short_of_length{in.span().first(3), 2000};
  CHECK_FALSE(short_of_length.next(f));
  CHECK(short_of_length.wanted() == wire::frame_header);
  wire::frame_reader short_of_body{in.span().first(4), 2000};
  CHECK_FALSE(short_of_body.next(f));
  CHECK(short_of_body.wanted() == 1005);
}

TEST_CASE("a frame that is too long is refused by its first four bytes, and says how long it is") {
  exact const in{unhex("02040000")};
  wire::frame_reader frames{in.span(), 1024};
  wire::frame f;
  CHECK_FALSE(frames.next(f));
  REQUIRE(frames.failed());
  CHECK(frames.why().which() == errc::protocol_violation);
  CHECK(frames.why().details() == "a frame that is too long: length 1026, at most 1025");
  CHECK_FALSE(frames.next(f));

  wire::frame_reader fits{in.span(), 1025};
  CHECK_FALSE(fits.next(f));
  CHECK_FALSE(fits.failed());
}

TEST_CASE("a frame without a tag is refused") {
  exact const in{unhex("00000000")};
  wire::frame_reader frames{in.span(), 1024};
  wire::frame f;
  CHECK_FALSE(frames.next(f));
  CHECK(frames.why().details() == "a frame without a tag: length 0, at most 1025");
}

TEST_CASE("the largest length of all is refused, whatever the limit") {
  exact const in{unhex("ffffffff")};
  wire::frame_reader frames{in.span(), 0xFFFFFFF0};
  wire::frame f;
  CHECK_FALSE(frames.next(f));
  CHECK(frames.failed());
}

TEST_CASE("the limit may change between two frames") {
  byte_buffer in = framed(wire::tag::open, "");
  in.append(framed(wire::tag::send, std::string(50, 'x')).span());
  wire::frame_reader frames{in.span(), 10};
  wire::frame f;
  REQUIRE(frames.next(f));
  frames.set_largest(50);
  REQUIRE(frames.next(f));
  CHECK(f.body.size() == 50);
}

TEST_CASE("random bytes make frames within the limit, or none") {
  hexadecimal::dice random{1};
  for (int round = 0; round < 3000; ++round) {
    auto noise = random_bytes(random, random() % 64);
    if (noise.size() > 3) noise[1] = noise[2] = noise[3] = std::byte{0};
    exact const in{noise};
    wire::frame_reader frames{in.span(), 40};
    wire::frame f;
    while (frames.next(f)) CHECK(f.body.size() <= 40);
    CHECK(frames.consumed() <= in.span().size());
  }
}

TEST_CASE("every tag has a name, and only those between 0x80 and 0xBF may be skipped") {
  int names = 0;
  for (unsigned t = 0; t < 256; ++t) {
    auto const tag = static_cast<wire::tag>(t);
    if (!to_string(tag).empty()) ++names;
    CHECK(is_skippable(tag) == (t >= 0x80 && t < 0xC0));
    if (is_skippable(tag)) CHECK(to_string(tag).empty());
  }
  CHECK(names == 24);
}

}  // namespace

}  // namespace frame_test

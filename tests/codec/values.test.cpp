#include "snow/codec/values.hpp"

#include <cmath>
#include <limits>

#include "codec/samples.hpp"
#include "support/catch.hpp"
#include "wire/hex.hpp"

namespace values_test {

namespace {

using namespace hexadecimal;
using namespace std::chrono_literals;

template <class T>
void check_golden(const T& value, std::string_view golden) {
  INFO(snow::shape_of<T>());
  auto const bytes = snow::encode(value);
  CHECK(hex(bytes.span()) == hex(unhex(golden)));
  auto const again = snow::decode<T>(unhex(golden));
  REQUIRE(again.has_value());
  CHECK(*again == value);
}

TEST_CASE("numbers have a fixed size and come with their lowest byte first") {
  check_golden(true, "01");
  check_golden('a', "61");
  check_golden(std::byte{0xFF}, "ff");
  check_golden(std::int8_t{-2}, "fe");
  check_golden(std::uint16_t{0x1234}, "34 12");
  check_golden(std::int32_t{-2}, "fe ff ff ff");
  check_golden(std::uint64_t{0x0102030405060708}, "08 07 06 05 04 03 02 01");
  check_golden(1.5f, "00 00 c0 3f");
  check_golden(-2.0, "00 00 00 00 00 00 00 c0");
  check_golden(U'\u2603', "03 26 00 00");
  check_golden(samples::colour{7}, "07");
  check_golden(samples::answer::yes, "01");
  check_golden(1500ms, "dc 05 00 00 00 00 00 00");
  check_golden(std::chrono::sys_seconds{1s}, "01 00 00 00 00 00 00 00");
}

TEST_CASE("what has a length has it in front, as a varint") {
  check_golden(std::string{"snow"}, "04 736e6f77");
  check_golden(std::string(200, 'x'), "c801" + hex(std::vector<std::byte>(200, std::byte{'x'})));
  check_golden(snow::bytes::copy_of("ab"), "02 6162");
  check_golden(std::vector<std::uint16_t>{1, 2}, "02 0100 0200");
  check_golden(std::vector<std::byte>{std::byte{1}, std::byte{0xFF}}, "02 01 ff");
  check_golden(std::u16string{u"a\u2603"}, "02 6100 0326");
  check_golden(std::vector<bool>{true, false, true}, "03 01 00 01");
  check_golden(std::list<std::string>{"a", ""}, "02 0161 00");
  check_golden(std::forward_list<char>{'a', 'b'}, "02 61 62");
  check_golden(std::map<std::string, std::uint8_t>{{"b", 2}, {"a", 1}}, "02 0161 01 0162 02");
  check_golden(std::deque<std::uint8_t>{1, 2}, "02 01 02");
  check_golden(std::set<std::string>{"b", "a"}, "02 0161 0162");
  check_golden(std::multiset<std::uint8_t>{2, 1, 2}, "03 01 02 02");
  check_golden(std::multimap<std::uint8_t, bool>{{2, true}, {1, false}}, "02 01 00 02 01");
  check_golden(std::unordered_map<std::uint8_t, bool>{{1, true}}, "01 01 01");
  check_golden(std::unordered_set<std::string>{"a"}, "01 0161");
  check_golden(std::unordered_multiset<std::uint8_t>{7, 7}, "02 07 07");
}

TEST_CASE("what has none has its parts one behind the other, and one byte where it has no part") {
  check_golden(samples::point{1, -2}, "000000000000f03f 00000000000000c0");
  check_golden(samples::padded{1, 2}, "01 02000000");
  check_golden(std::vector<samples::padded>{{1, 2}, {3, 4}}, "02 01 02000000 03 04000000");
  check_golden(std::array<std::uint8_t, 3>{1, 2, 3}, "01 02 03");
  check_golden(std::tuple{std::uint8_t{1}, std::string{"a"}}, "01 0161");
  check_golden(std::pair{std::uint8_t{1}, false}, "01 00");
  check_golden(samples::empty{}, "00");
  check_golden(std::tuple<>{}, "00");
  check_golden(std::monostate{}, "00");
  check_golden(std::vector<samples::empty>(2), "02 00 00");
  check_golden(samples::arrays{{{1, 2, 3}, {4, 5, 6}}, {true}, {"a", "b"}},
               "010000000200000003000000 040000000500000006000000 01000000 0161 0162");
}

TEST_CASE("a choice says first which") {
  check_golden(std::optional<std::uint8_t>{}, "00");
  check_golden(std::optional<std::uint8_t>{7}, "01 07");
  using choice = std::variant<std::uint8_t, std::string>;
  check_golden(choice{std::uint8_t{7}}, "00 07");
  check_golden(choice{"a"}, "01 0161");
  check_golden(snow::reason{snow::errc::killed}, "03 00");
  check_golden(snow::reason{"full"}, "05 0466756c6c");
  check_golden(snow::errc::timed_out, "12000000");
}

TEST_CASE("floats travel by their bits") {
  double const nan = std::bit_cast<double>(0x7FF0000000000123u);
  auto const again = snow::decode<double>(snow::encode(nan).span());
  CHECK(std::bit_cast<std::uint64_t>(again.value()) == 0x7FF0000000000123u);
  CHECK(std::signbit(snow::decode<double>(snow::encode(-0.0).span()).value()));
}

TEST_CASE("whatever value is written is read again") {
  std::uint64_t const seed = std::random_device{}();
  samples::maker maker{seed};
  INFO("seed " << seed);
  auto const check = [&]<class T>(const T& value) {
    INFO(snow::shape_of<T>());
    auto const bytes = snow::encode(value);
    auto const again = snow::decode<T>(bytes.span());
    REQUIRE(again.has_value());
    REQUIRE(*again == value);
  };
  for (int i = 0; i < 200; ++i) {
    check(samples::made<samples::numbers>(maker));
    check(samples::made<samples::arrays>(maker));
    check(samples::made<samples::sequences>(maker));
    check(samples::made<samples::associations>(maker));
    check(samples::made<samples::choices>(maker));
    check(samples::made<samples::tree>(maker));
    check(samples::made<samples::others>(maker));
    check(samples::made<samples::sixty_four>(maker));
  }
}

TEST_CASE("a value that cannot travel is not written, and the error says why") {
  try {
    (void)snow::encode(snow::pid{1, 2, 3});
    FAIL("a pid was written without the names of nodes");
  } catch (const snow::error& e) {
    CHECK(e == snow::errc::not_serializable);
    CHECK(e.details() == "a pid cannot be written here");
  }
}

TEST_CASE("nothing is written that is nested too deeply to be read") {
  samples::tree deepest;
  for (int i = 0; i < 31; ++i) {
    samples::tree outer;
    outer.kids.push_back(std::move(deepest));
    deepest = std::move(outer);
  }
  CHECK(snow::decode<samples::tree>(snow::encode(deepest).span()).value() == deepest);
  samples::tree outer;
  outer.kids.push_back(std::move(deepest));
  CHECK_THROWS_AS(snow::encode(outer), snow::error);
}

TEST_CASE("what is decoded does not keep what was there before") {
  samples::sequences old;
  old.list = {1, 2, 3};
  old.bits = {true};
  auto const bytes = snow::encode(samples::sequences{});
  snow::reader r{bytes.span()};
  snow::detail::get(r, old);
  CHECK_FALSE(r.failed());
  CHECK(old == samples::sequences{});
}

}  // namespace

}  // namespace values_test

#include "snow/codec/reader.hpp"

#include <string>

#include "codec/samples.hpp"
#include "support/catch.hpp"
#include "wire/hex.hpp"

namespace reader_test {

namespace {

using namespace hexadecimal;

template <class T>
std::string fault_of(std::string_view hex_digits) {
  auto const r = snow::decode<T>(unhex(hex_digits));
  if (r) return "none";
  CHECK(r.error() == snow::errc::bad_arguments);
  return r.error().details();
}

TEST_CASE("what is wrong is reported with its place") {
  using snow::errc;
  CHECK(fault_of<int>("00 00 00") == "the bytes end within a number, at byte 0");
  CHECK(fault_of<int>("00 00 00 00 00") == "bytes behind the end, at byte 4");
  CHECK(fault_of<bool>("02") == "a bool that is neither 0 nor 1, at byte 1");
  CHECK(fault_of<samples::answer>("02") == "a bool that is neither 0 nor 1, at byte 1");
  CHECK(fault_of<std::vector<bool>>("01 02") == "a bool that is neither 0 nor 1, at byte 2");
  CHECK(fault_of<std::optional<int>>("02") == "a bool that is neither 0 nor 1, at byte 1");
  CHECK(fault_of<std::string>("05 61") == "a count of more than there is, at byte 1");
  CHECK(fault_of<std::string>("80 00") == "a varint that is longer than it must be, at byte 2");
  CHECK(fault_of<std::string>("80") == "the bytes end within a varint, at byte 1");
  CHECK(fault_of<std::string>("ffffffffffffffffff02") == "a varint of more than 64 bits, at byte 10");
  CHECK(fault_of<std::string>("ffffffffffffffffff01") == "a count of more than there is, at byte 10");
  CHECK(fault_of<std::vector<int>>("02 00000000 000000") == "a count of more than there is, at byte 1");
  CHECK(fault_of<std::variant<int, bool>>("02 00") == "a variant of an unknown alternative, at byte 1");
  CHECK(fault_of<std::set<char>>("02 61 61") == "a key that stands there twice, at byte 3");
  CHECK(fault_of<std::unordered_map<char, char>>("02 61 00 61 01") ==
        "a key that stands there twice, at byte 5");
  CHECK(fault_of<errc>("07000000") == "an unknown errc, at byte 4");
  CHECK(fault_of<snow::reason>("07 00") == "an unknown reason, at byte 2");
  CHECK(fault_of<samples::empty>("01") == "an empty value that is not empty, at byte 1");
  CHECK(fault_of<snow::pid>("01 02 03") == "a pid of a node that was not named, at byte 3");
  CHECK(fault_of<snow::pid>("00 02 03") == "a pid of no node that is not null, at byte 3");
}

TEST_CASE("no count makes the reader allocate more than was sent [S-65]") {
  // One byte for each element would let this through: 2^20 elements of 8 KiB.
  using block = std::array<std::uint64_t, 1024>;
  std::string bytes = "808040";
  bytes.append(std::size_t{2} << 20, '0');
  CHECK(fault_of<std::vector<block>>(bytes) == "a count of more than there is, at byte 3");
  CHECK(fault_of<std::vector<samples::empty>>("ffffffff07") == "a count of more than there is, at byte 5");
  CHECK(fault_of<std::vector<std::tuple<>>>("03 00 00") == "a count of more than there is, at byte 1");
}

TEST_CASE("decoded memory is counted, and ends where the limit is [S-65]") {
  std::vector<std::string> const many(1000);
  auto const bytes = snow::encode(many);
  auto const within = [&](std::size_t memory) {
    snow::reader r{bytes.span(), nullptr, {.memory = memory}};
    return snow::decode<std::vector<std::string>>(r);
  };
  CHECK(within(1000 * sizeof(std::string)).value() == many);
  CHECK(within(1000 * sizeof(std::string) - 1).error().details() ==
        "more memory than a message may take, at byte 2");
}

TEST_CASE("what is nested too deeply is refused, not followed") {
  using deep = std::vector<samples::tree>;
  // A vector of one tree without a label, which has one kid, and so on.
  std::string bytes = "01";
  for (int i = 0; i < 100'000; ++i) bytes += "0001";
  CHECK(fault_of<deep>(bytes) == "nested too deeply, at byte 64");
}

TEST_CASE("the first fault stays, and all that is read after it is empty") {
  auto const bytes = unhex("80 00 07 00 00 00");
  snow::reader r{bytes};
  (void)r.varint();
  CHECK(r.failed());
  CHECK(r.number<std::uint8_t>() == 0);
  CHECK(r.string().empty());
  CHECK(r.remaining() == 0);
  r.fail("another");
  r.finish();
  CHECK(r.error().details() == "a varint that is longer than it must be, at byte 2");
}

TEST_CASE("bytes out of shared bytes are slices of them, and copies out of others") {
  std::string const text(snow::bytes::longest_short + 1, 's');  // what is shorter lies in the object itself
  auto const whole = snow::encode(snow::bytes::copy_of(text));
  auto const shared = snow::bytes::copy_of(whole.span());
  snow::reader from_shared{shared};
  CHECK(snow::decode<snow::bytes>(from_shared).value().data() == shared.data() + 1);
  snow::reader from_span{shared.span()};
  auto const copy = snow::decode<snow::bytes>(from_span).value();
  CHECK(copy.text() == text);
  CHECK(copy.data() != shared.data() + 1);
}

/// Each truncation and each flip of one bit is an error, or a value that is written just as it was read.
template <class T>
void attack(const T& value) {
  auto const good = snow::encode(value);
  auto const decode = [](std::span<const std::byte> in) {
    snow::reader r{in, nullptr, {.memory = std::size_t{1} << 20}};
    return snow::decode<T>(r);
  };
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(decode(byte_vector(good.data(), good.data() + size)).has_value());
  byte_vector bad(good.data(), good.data() + good.size());
  for (std::size_t bit = 0; bit < 8 * bad.size(); ++bit) {
    bad[bit / 8] ^= std::byte{1} << bit % 8;
    if (auto const other = decode(bad)) CHECK(snow::encode(*other).size() == bad.size());
    bad[bit / 8] ^= std::byte{1} << bit % 8;
  }
}

TEST_CASE("truncated and flipped messages are errors or valid values") {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    samples::maker maker{seed};
    INFO("seed " << seed);
    attack(samples::made<samples::numbers>(maker));
    attack(samples::made<samples::arrays>(maker));
    attack(samples::made<samples::sequences>(maker));
    attack(samples::made<samples::associations>(maker));
    attack(samples::made<samples::choices>(maker));
    attack(samples::made<samples::tree>(maker));
  }
  samples::maker maker{3};
  attack(samples::made<samples::others>(maker));
  attack(samples::sixty_four{});
}

}  // namespace

}  // namespace reader_test

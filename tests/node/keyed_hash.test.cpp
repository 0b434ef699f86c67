#include "snow/node/keyed_hash.hpp"

#include <set>

#include "snow/node/os_random.hpp"
#include "support/catch.hpp"

TEST_CASE("the keyed hash is SipHash-2-4") {
  // The vectors of the reference implementation: key 00 01 .. 0f, input 00 01 .. (n - 1).
  snow::keyed_hash const hash{0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
  std::array<std::byte, 15> in{};
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::byte>(i);
  CHECK(hash(std::span{in}.first(0)) == 0x726fdb47dd0e0e31u);
  CHECK(hash(std::span{in}.first(1)) == 0x74f839c593dc67fdu);
  CHECK(hash(std::span{in}.first(8)) == 0x93f5f5799a932462u);
  CHECK(hash(std::span{in}.first(15)) == 0xa129ca6149be45e5u);
}

TEST_CASE("the system's random bytes differ, also beyond what one call gives") {
  snow::os_random random;
  std::array<std::byte, 1000> big{};
  random.fill(big);
  std::set<std::uint64_t> words;
  for (int i = 0; i < 100; ++i) words.insert(random.next());
  CHECK(words.size() == 100);
  CHECK(std::any_of(big.end() - 100, big.end(), [](std::byte b) { return b != std::byte{}; }));
}

#include "snow/session/receive_buffer.hpp"

#include <algorithm>
#include <string>

#include "support/catch.hpp"

namespace receive_buffer_test {

namespace {

void put(snow::receive_buffer& b, std::string_view text) {
  auto const room = b.room();
  REQUIRE(text.size() <= room.size());
  std::transform(text.begin(), text.end(), room.begin(), [](char c) { return static_cast<std::byte>(c); });
  b.arrived(text.size());
}
std::string unread(const snow::receive_buffer& b) {
  auto const all = b.unread();
  return {reinterpret_cast<const char*>(all.data()), all.size()};
}

}  // namespace

TEST_CASE("what is unread stays, at the front, whether there is more memory, less, or the same",
          "[session]") {
  snow::receive_buffer b{8};
  put(b, "abcdefgh");
  CHECK(b.room().empty());
  b.taken(5);
  CHECK(unread(b) == "fgh");
  b.tidy(8, 8);
  CHECK(unread(b) == "fgh");
  CHECK(b.room().size() == 5);
  b.taken(1);
  b.tidy(100, 100);
  CHECK(unread(b) == "gh");
  CHECK(b.room().size() == 98);
  put(b, "ij");
  CHECK(unread(b) == "ghij");
  b.tidy(8, 8);
  CHECK(unread(b) == "ghij");
  CHECK(b.room().size() == 4);
}

TEST_CASE("what fills it makes it grow, and a long row of small reads makes it shrink", "[session]") {
  snow::receive_buffer b{16};
  auto const read = [&](std::size_t n) {
    put(b, std::string(n, '.'));
    b.taken(n);
    b.tidy(16, 1000);
  };
  read(15);
  CHECK(b.size() == 16);
  read(16);
  CHECK(b.size() == 64);
  read(64);
  CHECK(b.size() == 256);
  read(256);
  CHECK(b.size() == 1000);
  read(1000);
  CHECK(b.size() == 1000);
  for (int i = 0; i < 1000; ++i) read(i % 50 == 0 ? 300 : 1);  // seldom, but often enough
  CHECK(b.size() == 1000);
  for (int i = 0; i < 64; ++i) read(1);
  CHECK(b.size() == 500);
  for (int i = 0; i < 1000; ++i) read(1);
  CHECK(b.size() == 16);
}

TEST_CASE("it never shrinks to what is unread: there is room for what comes next", "[session]") {
  snow::receive_buffer b{64};
  put(b, std::string(40, 'x'));
  for (int i = 0; i < 100; ++i) {
    b.arrived(0);
    b.tidy(16, 64);
    REQUIRE(b.room().size() == 24);
  }
}

}  // namespace receive_buffer_test

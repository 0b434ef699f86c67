#include "snow/session/receive_buffer.hpp"

#include <algorithm>
#include <string>

#include "support/catch.hpp"

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
  b.tidy(8);
  CHECK(unread(b) == "fgh");
  CHECK(b.room().size() == 5);
  b.taken(1);
  b.tidy(100);
  CHECK(unread(b) == "gh");
  CHECK(b.room().size() == 98);
  put(b, "ij");
  CHECK(unread(b) == "ghij");
  b.tidy(1);
  CHECK(unread(b) == "ghij");
  CHECK(b.room().empty());
}

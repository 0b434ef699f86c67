#include "snow/session/outbox.hpp"

#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace outbox_test {

namespace {

using snow::outbox;

/// Takes so many bytes and no more.
class narrow final : public snow::stream {
 public:
  std::size_t room = 0;
  std::string taken;

  void attach(events&) noexcept override {}
  void read(std::span<std::byte>) override {}
  std::size_t write(std::span<const std::span<const std::byte>> parts, std::error_code&) override {
    std::size_t n = 0;
    for (auto const part : parts) {
      std::size_t const some = std::min(part.size(), room);
      taken.append(reinterpret_cast<const char*>(part.data()), some);
      room -= some;
      n += some;
    }
    return n;
  }
  void await_writable() override {}
  void close() noexcept override {}
  bool is_local() const noexcept override { return true; }
  const std::string& peer_address() const noexcept override { return taken; }
};

struct fixture {
  void put(std::string_view frame) {
    out.tail().append(std::as_bytes(std::span{frame}));
    out.appended(frame.size());
  }
  void put_urgent(std::string_view frame) { out.urgent().append(std::as_bytes(std::span{frame})); }
  void flush(std::size_t room) {
    to.room = room;
    std::error_code ec;
    out.flush(to, ec);
  }
  outbox out;
  narrow to;
};

TEST_CASE("what is urgent goes before data that has not begun, and never into a frame that has") {
  fixture f;
  f.put("data ");
  f.put_urgent("1 ");
  f.flush(100);
  f.put("more ");
  f.flush(2);
  f.put_urgent("2 ");
  f.flush(100);
  CHECK(f.to.taken == "1 data more 2 ");
  CHECK(f.out.empty());
}

TEST_CASE("what is urgent keeps its order, however little the stream takes at a time") {
  for (std::size_t room = 0; room < 4; ++room) {
    fixture f;
    for (char const c : std::string_view{"abcdefgh"}) {
      f.put_urgent(std::string(3, c));
      f.flush(room);
    }
    CHECK(f.out.size() == 24 - f.to.taken.size());
    f.flush(100);
    CHECK(f.to.taken == "aaabbbcccdddeeefffggghhh");
  }
}

TEST_CASE("data never goes before what was urgent before it, though that has begun to be written") {
  for (std::size_t room = 0; room < 4; ++room) {
    fixture f;
    f.put_urgent("PROOF");
    f.flush(room);
    f.put_urgent("OPEN");
    f.put("data");
    f.flush(100);
    CHECK(f.to.taken == "PROOFOPENdata");
  }
}

TEST_CASE("data keeps its order, however little the stream takes at a time") {
  fixture f;
  std::string all;
  for (int i = 0; i < 2'000; ++i) {
    std::string const frame = std::to_string(i) + std::string(300, ' ');
    all += frame;
    f.put(frame);
    f.flush(150);
  }
  f.flush(1'000'000);
  CHECK(f.to.taken == all);
}

}  // namespace

}  // namespace outbox_test

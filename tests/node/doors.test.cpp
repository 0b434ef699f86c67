#include "snow/node/doors.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "snow/node/node.hpp"
#include "support/catch.hpp"
#include "support/heap.hpp"

// A node whose connections come from the test: nobody says anything on them.

namespace doors_test {

using snow::errc;
using namespace std::chrono_literals;

class silent_stream final : public snow::stream {
 public:
  silent_stream(std::string address, bool& closed) : address_{std::move(address)}, closed_{closed} {}
  ~silent_stream() override { closed_ = true; }
  void attach(events&) noexcept override {}
  void read(std::span<std::byte>) override {}
  std::size_t write(std::span<const std::span<const std::byte>>, std::error_code&) override { return 0; }
  void await_writable() override {}
  void close() noexcept override { closed_ = true; }
  bool is_local() const noexcept override { return true; }
  const std::string& peer_address() const noexcept override { return address_; }

 private:
  std::string const address_;
  bool& closed_;
};

class scripted final : public snow::transport {
 public:
  void dial(snow::worker&, const std::string&, dialled) override {
    ++dials;
    throw std::runtime_error{"no descriptor is left"};
  }
  std::unique_ptr<snow::acceptor> listen(snow::worker&, const std::string&, accepted each) override {
    each_ = std::move(each);
    return std::make_unique<snow::acceptor>();
  }
  /// Somebody connects from there: whether the connection was closed meanwhile.
  std::shared_ptr<bool> connect(const std::string& from) {
    auto closed = std::make_shared<bool>(false);
    all_.push_back(closed);
    each_(std::make_unique<silent_stream>(from, *closed));
    return closed;
  }

  bool all_are_closed() const {
    return std::all_of(all_.begin(), all_.end(), [](auto const& closed) { return *closed; });
  }

  int dials = 0;

 private:
  accepted each_;
  std::vector<std::shared_ptr<bool>> all_;  // outlive their streams
};

/// Runs `F` as an actor on the worker that accepts.
template <auto F>
void with(snow::limits l) {
  auto const world = std::make_shared<scripted>();
  snow::node node{{.name = "a@127.0.0.1:1",
                   .cookie = "only-for-tests",
                   .transport = world,
                   .workers = 1,
                   .log = nullptr,
                   .limits = l}};
  CHECK(node.run<F>(world.get()) == 0);
  CHECK(world->all_are_closed());  // also those that were still half-open
}

using all_of = std::vector<std::shared_ptr<bool>>;
std::string states(const all_of& all) {
  std::string text;
  for (auto const& closed : all) text += *closed ? 'x' : 'o';
  return text;
}

snow::actor one_address(snow::context&, scripted* world) {
  all_of flood;
  auto const other = world->connect("10.0.0.2");
  for (int i = 0; i < 6; ++i) flood.push_back(world->connect("10.0.0.1"));
  CHECK(states(flood) == "xxxooo");
  CHECK_FALSE(*other);
  co_return;
}
TEST_CASE("an address at its cap of half-open connections loses its oldest, and no other does [S-39]") {
  snow::limits l;
  l.half_open_per_address = 3;
  with<one_address>(l);
}

snow::actor all_addresses(snow::context&, scripted* world) {
  all_of some, flood;
  for (int i = 0; i < 3; ++i) flood.push_back(world->connect("10.0.0.1"));
  for (int i = 0; i < 4; ++i) some.push_back(world->connect("10.0.1." + std::to_string(i)));
  CHECK(states(flood) == "xxo");
  CHECK(states(some) == "oooo");
  co_return;
}
TEST_CASE("at the cap of the node the address that holds most loses its oldest [S-39]") {
  snow::limits l;
  l.half_open = 5;
  with<all_addresses>(l);
}

snow::actor too_fast(snow::context&, scripted* world) {
  all_of flood;
  for (int i = 0; i < 6; ++i) flood.push_back(world->connect("10.0.0.1"));
  CHECK(states(flood) == "ooooxx");
  CHECK_FALSE(*world->connect("10.0.0.2"));
  co_return;
}
TEST_CASE("an address that connects too often is turned away, and no other is [S-40]") {
  snow::limits l;
  l.accepts_per_second = 4;
  with<too_fast>(l);
}

snow::actor outlasts_handshake(snow::context& self, scripted* world) {
  auto const closed = world->connect("10.0.0.1");
  while (!*closed) co_await self.sleep_for(1ms);
}
TEST_CASE("a half-open connection is closed at the handshake's deadline [S-39]") {
  snow::limits l;
  l.handshake = 20ms;
  with<outlasts_handshake>(l);
}

snow::actor counts_memory(snow::context&, scripted* world) {
  constexpr std::size_t many = 200;
  world->connect("10.0.0.1");
  auto const before = support::heap_in_use();
  for (std::size_t i = 1; i <= many; ++i) world->connect("10.0.1." + std::to_string(i));
  CHECK((support::heap_in_use() - before) / many < 4096);
  co_return;
}
TEST_CASE("whoever connects and says nothing costs less than 4 KiB [S-39]") {
  with<counts_memory>({});
}

snow::actor dials(snow::context& self, scripted* world) {
  auto const r = co_await snow::as_result(self.node().connect("b@127.0.0.1:2").within(200ms));
  REQUIRE_FALSE(r);
  CHECK(r.error() == errc::timed_out);
  CHECK(r.error().details().find("no descriptor is left") != std::string::npos);
  CHECK(world->dials > 1);
}
TEST_CASE("a transport that throws has failed to dial, and is asked again") {
  with<dials>({});
}

}  // namespace doors_test

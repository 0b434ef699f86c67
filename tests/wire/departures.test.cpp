#include "snow/wire/departures.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "snow/wire/fragments.hpp"
#include "support/catch.hpp"
#include "wire/hex.hpp"

namespace departures_test {

namespace {

namespace wire = snow::wire;
using wire::process;
using departures = wire::departures<std::string>;

process const ann{1, 1}, bob{2, 1}, x{10, 1}, y{11, 1};

/// What a session does, without the bytes: tells what left.
struct fixture {
  departures d{1'000, 100, 7};
  std::string story;

  void push(const process& from, std::optional<process> target, std::string text, std::uint64_t charge = 60) {
    departures::needs const n{from, target};
    charges[text] = charge;
    if (d.may_leave(n)) {
      story += text + " ";
      d.left(n, charge);
    } else {
      d.hold(n, std::move(text));
    }
  }
  std::string drained() {
    while (auto h = d.next()) {
      story += h->signal + " ";
      d.left(h->needs, charges[h->signal]);
    }
    return std::exchange(story, {});
  }
  std::string credit(std::uint64_t session, std::initializer_list<wire::credit::grant> targets) {
    wire::credit c{session, {}};
    for (auto const& g : targets) c.targets.push_back(g);
    REQUIRE(d.credited(c));
    return drained();
  }
  std::map<std::string, std::uint64_t> charges;
};

TEST_CASE("what needs no window leaves at once") {
  fixture f;
  for (int i = 0; i < 50; ++i) f.push(ann, {}, "s");
  CHECK(f.d.held_signals() == 0);
}

TEST_CASE("a sender with a held signal has its later ones held too, others go on [S-1]") {
  fixture f;
  f.push(ann, x, "1");
  f.push(ann, x, "2");  // overdraws
  f.push(ann, x, "3");
  f.push(ann, y, "4");   // another target, the same sender
  f.push(ann, {}, "5");  // an exit keeps its place
  f.push(bob, y, "b1");
  f.push(bob, {}, "b2");
  CHECK(f.drained() == "1 2 b1 b2 ");
  CHECK(f.d.waits(ann));
  CHECK_FALSE(f.d.waits(bob));
  CHECK(f.d.held_signals() == 3);
  CHECK(f.credit(10, {{y, 10}}) == "");
  CHECK(f.credit(60, {{x, 60}}) == "3 4 5 ");
  CHECK_FALSE(f.d.waits(ann));
}

TEST_CASE("when one window opens, the senders that waited for it take turns") {
  fixture f;
  f.push(ann, x, "a1", 100);
  f.push(ann, x, "a2", 50);
  f.push(bob, x, "b1", 50);
  f.push(ann, x, "a3", 50);
  f.push(bob, x, "b2", 50);
  CHECK(f.drained() == "a1 ");
  CHECK(f.credit(100, {{x, 100}}) == "a2 b1 ");
  CHECK(f.credit(100, {{x, 100}}) == "a3 b2 ");
}

TEST_CASE("while the session's window is closed only what needs none leaves") {
  fixture f;
  f.push(ann, x, "a1", 5'000);
  f.push(ann, y, "a2");
  f.push(bob, y, "b1");
  f.push({3, 1}, {}, "down");
  CHECK(f.drained() == "a1 down ");
  CHECK(f.credit(3'000, {{x, 3'000}}) == "");
  CHECK(f.credit(1'500, {}) == "a2 b1 ");
}

TEST_CASE("a signal in parts holds back its sender until the last one has left [S-42]") {
  fixture f;
  f.d.left({ann, x}, 50, true);
  f.push(ann, {}, "1");
  f.push(bob, {}, "b");
  CHECK(f.drained() == "b ");
  f.d.parts_left(ann);
  CHECK(f.drained() == "1 ");
  CHECK_FALSE(f.d.waits(ann));

  f.d.left({ann, x}, 10, true);
  f.d.parts_left(ann);
  CHECK_FALSE(f.d.waits(ann));
}

TEST_CASE("a held signal that leaves in parts keeps the ones behind it") {
  fixture f;
  f.push(ann, x, "1", 100);
  f.push(ann, x, "large");
  f.push(ann, {}, "2");
  CHECK(f.drained() == "1 ");
  wire::credit c{100, {}};
  c.targets.push_back({x, 100});
  REQUIRE(f.d.credited(c));
  auto const h = f.d.next();
  REQUIRE(h.has_value());
  CHECK(h->signal == "large");
  f.d.left(h->needs, 5'000, true);
  CHECK(f.drained() == "");
  f.d.parts_left(ann);
  CHECK(f.drained() == "2 ");
}

TEST_CASE("credit that was never spent is a violation") {
  fixture f;
  wire::credit c{1, {}};
  CHECK_FALSE(f.d.credited(c));
}

TEST_CASE("at the end everything that waits comes out once, each sender's in its order") {
  wire::departures<std::unique_ptr<int>> d{10, 10, 7};
  d.left({ann, x}, 100);
  for (int i = 0; i < 3; ++i) d.hold({bob, x}, std::make_unique<int>(10 + i));
  for (int i = 0; i < 3; ++i) d.hold({ann, x}, std::make_unique<int>(i));
  std::vector<int> all;
  d.clear([&](auto& h) { all.push_back(*h.signal); });
  CHECK(all == std::vector{0, 1, 2, 10, 11, 12});
  CHECK(d.held_signals() == 0);
  CHECK_FALSE(d.next().has_value());
}

/// Two ends and what is between them, in random steps: the outbox of one, the mailboxes of the other.
class path {
 public:
  path(std::uint64_t session, std::uint64_t mailbox, unsigned seed)
      : dice_{seed},
        departures_{session, mailbox, seed},
        splitter_{frame, session},
        assembler_{session, 1 << 20},
        windows_{session, mailbox, seed} {}

  static constexpr std::uint32_t frame = 64;

  struct signal {
    std::uint32_t sender = 0;
    std::uint32_t target = 0;  // 0: one that needs no window
    std::uint32_t number = 0;
    std::uint32_t size = 0;
  };

  void send_one() {
    signal s;
    s.sender = 1 + dice_() % 5;
    s.target = dice_() % 4;
    s.number = ++sent_[s.sender];
    s.size = 16 + (dice_() % 4 == 0 ? dice_() % 2'000 : dice_() % 20);
    ++total_;
    auto const n = needs_of(s);
    if (departures_.may_leave(n)) {
      leave(n, s);
    } else {
      departures_.hold(n, s);
    }
  }
  void step() {
    switch (dice_() % 4) {
      case 0:
        if (!splitter_.empty()) {
          if (auto const done = splitter_.next(stream_)) departures_.parts_left(*done);
          drain();
        }
        break;
      case 1:
        receive();
        break;
      default:
        take_from_a_mailbox();
    }
  }
  bool idle() const {
    return splitter_.empty() && stream_.empty() && departures_.held_signals() == 0 && in_mailboxes_ == 0;
  }
  void heartbeat() {
    for (wire::credit c; windows_.take(c);) grant(c);
  }

  std::size_t total() const { return total_; }
  std::size_t arrived() const { return arrived_; }
  std::size_t memory() const { return static_cast<std::size_t>(windows_.used() + assembler_.bytes_held()); }

 private:
  wire::departures<signal>::needs needs_of(const signal& s) {
    wire::departures<signal>::needs n{{s.sender, 1}, {}};
    if (s.target != 0) n.target = process{s.target, 1};
    return n;
  }
  void leave(const wire::departures<signal>::needs& n, const signal& s) {
    snow::byte_buffer body;
    snow::writer w{body};
    w.number(s.sender);
    w.number(s.target);
    w.number(s.number);
    w.number(s.size);
    std::memset(body.append(s.size - 16), 0x55, s.size - 16);
    if (s.size <= frame) {
      std::size_t const at = wire::begin_frame(stream_, wire::tag::send);
      stream_.append(body.span());
      wire::end_frame(stream_, at);
    } else {
      splitter_.add(n.from, wire::tag::send, snow::bytes::copy_of(body.span()));
    }
    departures_.left(n, wire::charge_of(s.size), s.size > frame);
  }
  void drain() {
    while (auto h = departures_.next()) leave(h->needs, h->signal);
  }
  void receive() {
    wire::frame_reader frames{stream_.span(), frame};
    wire::frame f;
    while (frames.next(f)) {
      wire::assembler::whole w;
      if (f.tag == wire::tag::send) {
        arrive(f.body);
      } else if (assembler_.take(f.body, w)) {
        arrive(w.body.span());
      }
      REQUIRE_FALSE(assembler_.failed());
    }
    REQUIRE(frames.consumed() == stream_.size());
    stream_.clear();
  }
  void arrive(std::span<const std::byte> body) {
    snow::reader r{body};
    signal s;
    s.sender = r.number<std::uint32_t>();
    s.target = r.number<std::uint32_t>();
    s.number = r.number<std::uint32_t>();
    s.size = r.number<std::uint32_t>();
    REQUIRE(body.size() == s.size);
    REQUIRE(s.number == ++seen_[s.sender]);  // each sender's signals in their order
    ++arrived_;
    if (s.target == 0) return;
    REQUIRE(windows_.arrived({s.target, 1}, wire::charge_of(s.size), {}));
    mailboxes_[s.target].push_back(s.size);
    ++in_mailboxes_;
  }
  void take_from_a_mailbox() {
    std::uint32_t const target = 1 + dice_() % 3;
    auto& box = mailboxes_[target];
    if (box.empty()) return;
    windows_.left({target, 1}, wire::charge_of(box.front()), {});
    box.pop_front();
    --in_mailboxes_;
    if (!windows_.is_due()) return;
    for (wire::credit c; windows_.take(c);) grant(c);
  }
  void grant(const wire::credit& c) {
    REQUIRE(departures_.credited(c));
    drain();
  }

  hexadecimal::dice dice_;
  wire::departures<signal> departures_;
  wire::splitter splitter_;
  wire::assembler assembler_;
  wire::receive_windows windows_;
  snow::byte_buffer stream_;
  std::map<std::uint32_t, std::uint32_t> sent_, seen_;
  std::map<std::uint32_t, std::deque<std::size_t>> mailboxes_;
  std::size_t in_mailboxes_ = 0;
  std::size_t total_ = 0;
  std::size_t arrived_ = 0;
};

TEST_CASE(
    "whatever is sent arrives, in its sender's order, within the windows, and without a heartbeat "
    "[S-1] [S-42] [S-62]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    std::uint64_t const session = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 3'000 : 100'000;
    std::uint64_t const mailbox = seed % 2 == 0 ? 500 : 5'000;
    path p{session, mailbox, seed};
    hexadecimal::dice random{seed};
    std::size_t most = 0;
    for (int i = 0; i < 1'000; ++i) {
      if (random() % 3 != 0) p.send_one();
      p.step();
      most = std::max(most, p.memory());
    }
    int steps = 0;
    while (!p.idle() && steps < 1'000'000) {
      p.step();
      ++steps;
    }
    CHECK(p.arrived() == p.total());
    // Messages and what comes in parts: each within the window, each overdrawn by one at most.
    CHECK(most <= 2 * (session + 2'100));
    p.heartbeat();
    CHECK(p.memory() == 0);
  }
}

}  // namespace

}  // namespace departures_test

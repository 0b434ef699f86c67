#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "snow/session/stream.hpp"
#include "snow/testing/surroundings.hpp"

namespace snow::testing::detail {

/// What travels in one direction of a connection, in order.
struct segment {
  time_point due{};
  std::vector<std::byte> bytes{};
  std::size_t freed = 0;  ///< so many bytes of the other direction were read
  enum class mark : std::uint8_t { none, end, reset } marks = mark::none;
};

/// One end of a connection.
struct end {
  std::weak_ptr<presence> on;
  std::string name;
  worker* home = nullptr;
  stream::events* to = nullptr;
  bool closed = false;

  std::deque<segment> coming;
  bool coming_is_held = false;  ///< by a partition: until it is healed
  std::vector<std::byte> received{};
  std::size_t taken = 0;  ///< so many of the received bytes were read
  std::size_t owes = 0;   ///< so many bytes that were read the other end does not know of
  bool ended = false;     ///< the other end will send nothing more
  std::error_code failure;
  std::optional<std::span<std::byte>> reads;
  bool tells_read = false;

  std::size_t unread_by_peer = 0;  ///< bytes that it wrote, for all it knows
  bool awaits_room = false;
  tampering tampers;

  std::size_t unread() const noexcept { return received.size() - taken; }
};

/// A connection of two simulated computers, with the semantics of TCP: ordered bytes, or an error. A cut
/// holds bytes until it is healed, as retransmission would. Its ends are numbered: 0 has dialled.
class connection : public std::enable_shared_from_this<connection> {
 public:
  connection(surroundings& around, end dialler, end acceptor)
      : around_{around}, ends_{std::move(dialler), std::move(acceptor)} {}

  const end& at(std::size_t i) const noexcept { return ends_[i]; }

  // ---- what the program at that end does
  void attach(std::size_t at, stream::events& to) noexcept { ends_[at].to = &to; }
  void read(std::size_t at, std::span<std::byte> into) {
    ends_[at].reads = into;
    tell_read(at);
  }
  std::size_t write(std::size_t at, std::span<const std::span<const std::byte>> parts, std::error_code& ec);
  void await_writable(std::size_t at) {
    ends_[at].awaits_room = true;
    tell_room(at);
    if (ends_[at].awaits_room) pay(1 - at);
  }
  void close(std::size_t at);

  // ---- what happens to it
  /// The computer of that end is gone, with its kernel.
  void vanish(std::size_t at) noexcept { ends_[at].closed = true, ends_[at].to = nullptr; }
  void fail(std::size_t at, std::error_code why);
  /// Nothing that is sent arrives any more, and nobody is told.
  void lose() {
    if (lost_) return;
    lost_ = true;
    around_.events.add(ends_[0].name, "speaks", "into the void, and so does {}", ends_[1].name);
    for (auto& e : ends_) e.coming.clear(), e.coming_is_held = false;
  }
  /// What comes to that end is held no more.
  void release(std::size_t to);

 private:
  static constexpr std::uint64_t pieces_a_second = 50;         // of what a slow network is given
  static constexpr std::size_t whole = std::size_t{64} << 10;  // from here on pieces are not made smaller

  const weather& weather_from(std::size_t from) const {
    return around_.weather_between(ends_[from].name, ends_[1 - from].name);
  }
  void send(std::size_t from, segment s);
  void deliver_later(std::size_t to);
  void deliver(std::size_t to);
  void arrive(std::size_t to, segment& s);
  /// False: the connection is reset instead.
  bool take_bytes(std::size_t to, segment& s);
  void tell_read(std::size_t at);
  void tell_room(std::size_t at);
  /// Tells the other end what was read here.
  void pay(std::size_t at) {
    if (ends_[at].owes != 0) send(at, {});
  }

  surroundings& around_;
  std::array<end, 2> ends_;
  bool lost_ = false;
};

/// One end of a simulated connection, as a session has it.
class simulated_stream final : public stream {
 public:
  simulated_stream(std::shared_ptr<connection> c, std::size_t at) : connection_{std::move(c)}, at_{at} {}
  ~simulated_stream() override { connection_->close(at_); }

  void attach(events& to) noexcept override { connection_->attach(at_, to); }
  void read(std::span<std::byte> into) override { connection_->read(at_, into); }
  std::size_t write(std::span<const std::span<const std::byte>> parts, std::error_code& ec) override {
    return connection_->write(at_, parts, ec);
  }
  void await_writable() override { connection_->await_writable(at_); }
  void close() noexcept override { connection_->close(at_); }
  bool is_local() const noexcept override { return true; }
  const std::string& peer_address() const noexcept override { return connection_->at(1 - at_).name; }

 private:
  std::shared_ptr<connection> const connection_;
  std::size_t const at_;
};

// ---- on its way

inline std::size_t connection::write(std::size_t at, std::span<const std::span<const std::byte>> parts,
                                     std::error_code& ec) {
  end& me = ends_[at];
  const weather& w = weather_from(at);
  ec = me.failure;
  if (ec || me.closed || me.unread_by_peer >= w.buffer) return 0;
  std::size_t most = std::min(w.buffer - me.unread_by_peer, w.write_most);
  // What is slow arrives little by little.
  if (w.bytes_per_second != 0) most = std::min<std::size_t>(most, w.bytes_per_second / pieces_a_second + 1);
  if (w.write_most < whole) most = std::min(most, around_.chance.size_up_to(w.write_most));
  segment s{};
  for (auto const& p : parts) {
    auto const taken = p.first(std::min(p.size(), most - s.bytes.size()));
    s.bytes.insert(s.bytes.end(), taken.begin(), taken.end());
  }
  std::size_t const n = s.bytes.size();
  if (me.tampers) me.tampers(s.bytes);
  if (s.bytes.empty()) return n;
  me.unread_by_peer += s.bytes.size();
  send(at, std::move(s));
  return n;
}

inline void connection::send(std::size_t from, segment s) {
  end& other = ends_[1 - from];
  auto const& w = weather_from(from);
  s.freed = std::exchange(ends_[from].owes, 0);
  s.due = around_.time.now() + around_.latency(ends_[from].name, other.name);
  if (!other.coming.empty()) s.due = std::max(s.due, other.coming.back().due);
  if (w.bytes_per_second != 0)
    s.due += duration{static_cast<duration::rep>(s.bytes.size() * 1'000'000'000 / w.bytes_per_second)};
  other.coming.push_back(std::move(s));
  if (other.coming.size() == 1 && !other.coming_is_held) deliver_later(1 - from);
}

inline void connection::deliver_later(std::size_t to) {
  around_.time.at(ends_[to].coming.front().due, [self = shared_from_this(), to] { self->deliver(to); });
}

inline void connection::deliver(std::size_t to) {
  end& e = ends_[to];
  if (e.coming.empty()) return;
  if (lost_) return e.coming.clear();
  if (around_.is_cut(ends_[1 - to].name, e.name)) {
    e.coming_is_held = true;
    return;
  }
  segment s = std::move(e.coming.front());
  e.coming.pop_front();
  arrive(to, s);
  if (!e.coming.empty()) deliver_later(to);
}

inline void connection::release(std::size_t to) {
  constexpr duration longest_retransmission = std::chrono::milliseconds{200};
  end& e = ends_[to];
  if (!std::exchange(e.coming_is_held, false)) return;
  time_point const first = around_.time.now() + around_.chance.between(duration{}, longest_retransmission);
  e.coming.front().due = first;
  for (auto& s : e.coming) s.due = std::max(s.due, first);
  deliver_later(to);
}

// ---- at its end

inline void connection::arrive(std::size_t to, segment& s) {
  using mark = segment::mark;
  end& e = ends_[to];
  if (e.closed) {
    // Nobody is there any more: the kernel says so, if there is one.
    if (!s.bytes.empty() && around_.present.contains(e.name)) send(to, {.marks = mark::reset});
    return;
  }
  if (e.failure) return;  // what comes later is lost
  if (s.marks == mark::reset) return fail(to, std::make_error_code(std::errc::connection_reset));
  if (!s.bytes.empty() && !take_bytes(to, s)) {
    for (std::size_t at : {to, 1 - to}) fail(at, std::make_error_code(std::errc::connection_reset));
    return;
  }
  if (s.freed != 0) {
    e.unread_by_peer -= s.freed;
    tell_room(to);
  }
  if (s.marks == mark::end) e.ended = true;
  tell_read(to);
}

inline bool connection::take_bytes(std::size_t to, segment& s) {
  end& e = ends_[to];
  std::string const& from = ends_[1 - to].name;
  around_.events.add(e.name, "receives", "{} bytes {:x} from {}", s.bytes.size(),
                     hash_of({reinterpret_cast<const char*>(s.bytes.data()), s.bytes.size()}), from);
  bool resets = false;
  if (auto const it = around_.breaks.find({from, e.name}); it != around_.breaks.end()) {
    auto& [left, silently] = it->second;
    if (left < s.bytes.size()) {
      s.bytes.resize(left);
      silently ? lose() : void(resets = true);
      around_.breaks.erase(it);
    } else {
      left -= s.bytes.size();
    }
  }
  if (!resets && around_.chance.one_in(weather_from(1 - to).reset_one_in)) return false;
  e.received.insert(e.received.end(), s.bytes.begin(), s.bytes.end());
  return !resets;
}

inline void connection::fail(std::size_t at, std::error_code why) {
  end& e = ends_[at];
  if (e.closed || e.failure) return;
  e.failure = why;
  around_.events.add(e.name, "loses", "its connection with {}: {}", ends_[1 - at].name, why.message());
  tell_read(at);
  tell_room(at);
}

inline void connection::tell_read(std::size_t at) {
  end& e = ends_[at];
  bool const something = e.unread() != 0 || e.ended || e.failure;
  if (!something || !e.reads || e.tells_read || e.closed) return;
  e.tells_read = true;
  surroundings::tell(e.on, *e.home, [self = shared_from_this(), at] {
    end& me = self->ends_[at];
    me.tells_read = false;
    if (!me.to || !me.reads) return;
    auto const into = *std::exchange(me.reads, std::nullopt);
    std::size_t const most = self->weather_from(1 - at).read_most;
    std::size_t n = std::min({into.size(), me.unread(), most});
    if (n > 1 && most < whole) n = self->around_.chance.size_up_to(n);
    std::copy_n(me.received.begin() + static_cast<std::ptrdiff_t>(me.taken), n, into.begin());
    me.taken += n;
    if (me.unread() == 0) me.received.clear(), me.taken = 0;
    me.owes += n;
    // Otherwise with what is sent next, or when the other end has no room.
    if (self->ends_[1 - at].awaits_room || me.owes * 2 >= self->weather_from(1 - at).buffer) self->pay(at);
    me.to->on_read(n == 0 ? me.failure : std::error_code{}, n);
  });
}

inline void connection::tell_room(std::size_t at) {
  end& e = ends_[at];
  if (!e.awaits_room || e.closed || (!e.failure && e.unread_by_peer >= weather_from(at).buffer)) return;
  e.awaits_room = false;
  surroundings::tell(e.on, *e.home, [self = shared_from_this(), at] {
    end& me = self->ends_[at];
    if (me.to) me.to->on_writable(me.failure);
  });
}

inline void connection::close(std::size_t at) {
  using mark = segment::mark;
  end& e = ends_[at];
  if (std::exchange(e.closed, true)) return;
  e.to = nullptr;
  e.reads.reset();
  // What was never read makes the kernel reset the connection.
  if (!e.failure) send(at, {.marks = e.unread() == 0 ? mark::end : mark::reset});
}

}  // namespace snow::testing::detail

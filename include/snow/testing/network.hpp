#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "snow/runtime/run_on.hpp"
#include "snow/session/stream.hpp"
#include "snow/testing/dice.hpp"
#include "snow/testing/timeline.hpp"
#include "snow/testing/trace.hpp"
#include "snow/testing/weather.hpp"

namespace snow::testing {

class network;

namespace detail {

/// A simulated computer as the network sees it, from its start to its end.
struct presence {
  std::string name;
};

/// What travels in one direction of a connection, in order.
struct segment {
  time_point due;
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
  bool ended = false;  ///< the other end will send nothing more
  std::error_code failure;
  std::optional<std::span<std::byte>> reads;
  bool tells_read = false;

  std::size_t unread_by_peer = 0;  ///< bytes that it wrote and the other end has not read
  bool awaits_room = false;
};

struct connection {
  std::array<end, 2> ends;
  bool lost = false;  ///< nothing that is sent arrives, and nobody is told
};

}  // namespace detail

/// Simulated connections between simulated computers, with the semantics of TCP: ordered bytes, or an error.
/// A partition holds bytes until it is healed, as retransmission would.
class network {
 public:
  network(timeline& time, dice d, trace& history) : time_{time}, dice_{d}, trace_{history} {}

  /// The transport of one computer, whose name is the host of its address; from its start to its end.
  std::shared_ptr<transport> join(const std::string& name);
  /// Its processes have ended: the kernel closes what they had open. `silently`: there is no kernel any more.
  void leave(const std::string& name, bool silently);

  // ---- faults; names of computers
  weather& between(const std::string& from, const std::string& to) {
    return by_pair_.try_emplace({from, to}, usual).first->second;
  }
  void cut(const std::string& from, const std::string& to) { cut_.insert({from, to}); }
  void heal(const std::string& from, const std::string& to);
  void heal_all();
  /// All their connections end with an error, at once.
  void reset(const std::string& a, const std::string& b);
  /// All their connections carry nothing any more, and neither end is told.
  void lose(const std::string& a, const std::string& b);
  /// Once so many more bytes have come from one to the other, their connection is reset.
  void reset_after(const std::string& from, const std::string& to, std::uint64_t bytes) {
    resets_[{from, to}] = bytes;
  }

  weather usual;

 private:
  friend class simulated_stream;
  friend class simulated_transport;
  using pair_of_names = std::pair<std::string, std::string>;
  using connection_ptr = std::shared_ptr<detail::connection>;

  struct listening {
    std::weak_ptr<detail::presence> on;
    worker* home;
    transport::accepted each;
    std::uint64_t number;
  };
  class simulated_acceptor final : public acceptor {
   public:
    simulated_acceptor(network& net, std::string address, std::uint64_t number)
        : net_{net}, address_{std::move(address)}, number_{number} {}
    ~simulated_acceptor() override {
      auto const it = net_.listening_.find(address_);
      if (it != net_.listening_.end() && it->second.number == number_) net_.listening_.erase(it);
    }

   private:
    network& net_;
    std::string const address_;
    std::uint64_t const number_;
  };
  struct attempt {
    std::weak_ptr<detail::presence> on;
    std::string from;
    worker* home;
    std::string address;
    transport::dialled done;
    int tries = 0;
  };

  static std::string host_of(const std::string& address) { return address.substr(0, address.rfind(':')); }
  const weather& weather_between(const std::string& from, const std::string& to) const {
    auto const it = by_pair_.find({from, to});
    return it == by_pair_.end() ? usual : it->second;
  }
  duration latency(const std::string& from, const std::string& to) {
    auto const& w = weather_between(from, to);
    return dice_.between(w.latency_least, w.latency_most);
  }
  bool is_cut(const std::string& from, const std::string& to) const { return cut_.contains({from, to}); }
  template <class F>
  static void tell(const std::weak_ptr<detail::presence>& on, worker& home, F f) {
    if (!on.expired()) run_on(home, std::move(f));
  }

  void dial(std::shared_ptr<attempt> a);
  void knock(const std::shared_ptr<attempt>& a);
  void answer(const std::shared_ptr<attempt>& a, result<std::unique_ptr<stream>> s);
  void send(const connection_ptr& c, std::size_t from, detail::segment s);
  void deliver_later(const connection_ptr& c, std::size_t to);
  void deliver(const connection_ptr& c, std::size_t to);
  void arrive(const connection_ptr& c, std::size_t to, detail::segment& s);
  void fail(const connection_ptr& c, std::size_t at, std::error_code why);
  void tell_read(const connection_ptr& c, std::size_t at);
  void tell_room(const connection_ptr& c, std::size_t at);
  void close(const connection_ptr& c, std::size_t at);
  template <class F>
  void each_between(const std::string& a, const std::string& b, F f);
  std::vector<connection_ptr> connections();

  timeline& time_;
  dice dice_;
  trace& trace_;
  std::map<std::string, std::shared_ptr<detail::presence>> present_;
  std::map<std::string, listening> listening_;  // by address
  std::uint64_t listeners_ = 0;
  std::vector<std::weak_ptr<detail::connection>> connections_;
  std::map<pair_of_names, weather> by_pair_;
  std::set<pair_of_names> cut_;
  std::map<pair_of_names, std::uint64_t> resets_;
};

class simulated_stream final : public stream {
 public:
  simulated_stream(network& net, std::shared_ptr<detail::connection> c, std::size_t at)
      : net_{net}, connection_{std::move(c)}, at_{at} {}
  ~simulated_stream() override { close(); }

  void attach(events& to) noexcept override { mine().to = &to; }
  void read(std::span<std::byte> into) override {
    mine().reads = into;
    net_.tell_read(connection_, at_);
  }
  std::size_t write(std::span<const std::span<const std::byte>> parts, std::error_code& ec) override;
  void await_writable() override {
    mine().awaits_room = true;
    net_.tell_room(connection_, at_);
  }
  void close() noexcept override { net_.close(connection_, at_); }
  bool is_local() const noexcept override { return true; }
  const std::string& peer_address() const noexcept override { return connection_->ends[1 - at_].name; }

 private:
  detail::end& mine() const noexcept { return connection_->ends[at_]; }

  network& net_;
  std::shared_ptr<detail::connection> const connection_;
  std::size_t const at_;
};

class simulated_transport final : public transport {
 public:
  simulated_transport(network& net, std::shared_ptr<detail::presence> on) : net_{net}, on_{std::move(on)} {}
  void dial(worker& home, const std::string& address, dialled done) override {
    net_.dial(std::make_shared<network::attempt>(
        network::attempt{on_, on_->name, &home, address, std::move(done)}));
  }
  std::unique_ptr<acceptor> listen(worker& home, const std::string& address, accepted each) override {
    if (net_.listening_.contains(address)) throw error{errc::address_in_use, address};
    std::uint64_t const number = ++net_.listeners_;
    net_.listening_.insert({address, {on_, &home, std::move(each), number}});
    return std::make_unique<network::simulated_acceptor>(net_, address, number);
  }

 private:
  network& net_;
  std::shared_ptr<detail::presence> const on_;
};

// ---- computers

inline std::shared_ptr<transport> network::join(const std::string& name) {
  auto const p = std::make_shared<detail::presence>(detail::presence{name});
  present_[name] = p;
  return std::make_shared<simulated_transport>(*this, p);
}

inline void network::leave(const std::string& name, bool silently) {
  auto const it = present_.find(name);
  if (it == present_.end()) return;
  for (auto const& c : connections())
    for (std::size_t at : {0u, 1u})
      if (c->ends[at].on.lock() == it->second) {
        if (silently)
          c->ends[at].closed = true, c->ends[at].to = nullptr;
        else
          close(c, at);
      }
  std::erase_if(listening_, [&](auto const& l) { return l.second.on.lock() == it->second; });
  present_.erase(it);
}

// ---- connecting

inline void network::dial(std::shared_ptr<attempt> a) {
  time_.after(latency(a->from, host_of(a->address)), [this, a] { knock(a); });
}

inline void network::knock(const std::shared_ptr<attempt>& a) {
  constexpr int most_tries = 60;
  std::string const there = host_of(a->address);
  if (a->on.expired()) return;
  bool const silent = is_cut(a->from, there) || is_cut(there, a->from) || !present_.contains(there);
  if (silent) {  // and is tried again, as SYNs are
    if (++a->tries == most_tries)
      return answer(a, error{errc::no_connection, std::make_error_code(std::errc::timed_out).message()});
    time_.after(std::chrono::seconds{1}, [this, a] { knock(a); });
    return;
  }
  auto const it = listening_.find(a->address);
  if (it == listening_.end() || dice_.one_in(weather_between(a->from, there).refuse_one_in))
    return answer(a,
                  error{errc::no_connection, std::make_error_code(std::errc::connection_refused).message()});
  auto const c = std::make_shared<detail::connection>();
  c->ends[0].on = a->on;
  c->ends[0].name = a->from;
  c->ends[0].home = a->home;
  c->ends[1].on = it->second.on;
  c->ends[1].name = there;
  c->ends[1].home = it->second.home;
  std::erase_if(connections_, [](auto const& w) { return w.expired(); });
  connections_.push_back(c);
  trace_.add(a->from, "connects", "{}", there);
  tell(it->second.on, *it->second.home, [this, c, address = a->address, number = it->second.number] {
    auto s = std::make_unique<simulated_stream>(*this, c, 1);
    auto const l = listening_.find(address);
    if (l != listening_.end() && l->second.number == number) l->second.each(std::move(s));
  });
  answer(a, std::unique_ptr<stream>{std::make_unique<simulated_stream>(*this, c, 0)});
}

inline void network::answer(const std::shared_ptr<attempt>& a, result<std::unique_ptr<stream>> s) {
  auto const kept = std::make_shared<result<std::unique_ptr<stream>>>(std::move(s));
  time_.after(latency(host_of(a->address), a->from),
              [a, kept] { tell(a->on, *a->home, [a, kept] { a->done(std::move(*kept)); }); });
}

// ---- bytes

inline std::size_t simulated_stream::write(std::span<const std::span<const std::byte>> parts,
                                           std::error_code& ec) {
  detail::end& me = mine();
  const weather& w = net_.weather_between(me.name, connection_->ends[1 - at_].name);
  ec = me.failure;
  if (ec || me.closed || me.unread_by_peer >= w.buffer) return 0;
  std::size_t most = std::min(w.buffer - me.unread_by_peer, w.write_most);
  if (w.write_most < std::size_t{1} << 16) most = std::min(most, net_.dice_.between(1, w.write_most));
  detail::segment s{};
  for (auto const& p : parts) {
    auto const taken = p.first(std::min(p.size(), most - s.bytes.size()));
    s.bytes.insert(s.bytes.end(), taken.begin(), taken.end());
  }
  std::size_t const n = s.bytes.size();
  if (n == 0) return 0;
  me.unread_by_peer += n;
  net_.send(connection_, at_, std::move(s));
  return n;
}

inline void network::send(const connection_ptr& c, std::size_t from, detail::segment s) {
  detail::end& other = c->ends[1 - from];
  auto const& w = weather_between(c->ends[from].name, other.name);
  s.due = time_.now() + latency(c->ends[from].name, other.name);
  if (!other.coming.empty()) s.due = std::max(s.due, other.coming.back().due);
  if (w.bytes_per_second != 0)
    s.due += duration{static_cast<duration::rep>(s.bytes.size() * 1'000'000'000 / w.bytes_per_second)};
  other.coming.push_back(std::move(s));
  if (other.coming.size() == 1 && !other.coming_is_held) deliver_later(c, 1 - from);
}

inline void network::deliver_later(const connection_ptr& c, std::size_t to) {
  time_.at(c->ends[to].coming.front().due, [this, c, to] { deliver(c, to); });
}

inline void network::deliver(const connection_ptr& c, std::size_t to) {
  detail::end& e = c->ends[to];
  if (e.coming.empty()) return;
  if (c->lost) return e.coming.clear();
  std::string const& from = c->ends[1 - to].name;
  if (is_cut(from, e.name)) {
    e.coming_is_held = true;
    return;
  }
  detail::segment s = std::move(e.coming.front());
  e.coming.pop_front();
  arrive(c, to, s);
  if (!e.coming.empty()) deliver_later(c, to);
}

inline void network::arrive(const connection_ptr& c, std::size_t to, detail::segment& s) {
  using mark = detail::segment::mark;
  detail::end& e = c->ends[to];
  detail::end& other = c->ends[1 - to];
  auto const reset = std::make_error_code(std::errc::connection_reset);
  if (e.closed) {
    // Nobody is there any more: the kernel says so, if there is one.
    if (!s.bytes.empty() && present_.contains(e.name)) send(c, to, {.due = {}, .marks = mark::reset});
    return;
  }
  if (e.failure) return;  // what comes later is lost
  if (s.marks == mark::reset) return fail(c, to, reset);
  if (!s.bytes.empty()) {
    trace_.add(e.name, "receives", "{} bytes {:x} from {}", s.bytes.size(),
               hash_of({reinterpret_cast<const char*>(s.bytes.data()), s.bytes.size()}), other.name);
    if (auto const it = resets_.find({other.name, e.name}); it != resets_.end()) {
      if (it->second < s.bytes.size()) {
        s.bytes.resize(it->second);
        resets_.erase(it);
        e.received.insert(e.received.end(), s.bytes.begin(), s.bytes.end());
        fail(c, to, reset);
        return fail(c, 1 - to, reset);
      }
      it->second -= s.bytes.size();
    }
    if (dice_.one_in(weather_between(other.name, e.name).reset_one_in)) {
      fail(c, to, reset);
      return fail(c, 1 - to, reset);
    }
    e.received.insert(e.received.end(), s.bytes.begin(), s.bytes.end());
  }
  if (s.freed != 0) {
    e.unread_by_peer -= s.freed;
    tell_room(c, to);
  }
  if (s.marks == mark::end) e.ended = true;
  tell_read(c, to);
}

inline void network::fail(const connection_ptr& c, std::size_t at, std::error_code why) {
  detail::end& e = c->ends[at];
  if (e.closed || e.failure) return;
  e.failure = why;
  trace_.add(e.name, "loses", "its connection with {}: {}", c->ends[1 - at].name, why.message());
  tell_read(c, at);
  tell_room(c, at);
}

inline void network::tell_read(const connection_ptr& c, std::size_t at) {
  detail::end& e = c->ends[at];
  bool const something = !e.received.empty() || e.ended || e.failure;
  if (!something || !e.reads || e.tells_read || e.closed) return;
  e.tells_read = true;
  tell(e.on, *e.home, [this, c, at] {
    detail::end& me = c->ends[at];
    me.tells_read = false;
    if (!me.to || !me.reads) return;
    auto const into = *std::exchange(me.reads, std::nullopt);
    auto const& w = weather_between(c->ends[1 - at].name, me.name);
    std::size_t n = std::min({into.size(), me.received.size(), w.read_most});
    if (n > 1 && w.read_most < std::size_t{1} << 16) n = dice_.between(1, n);
    std::copy_n(me.received.begin(), n, into.begin());
    me.received.erase(me.received.begin(), me.received.begin() + static_cast<std::ptrdiff_t>(n));
    if (n != 0) send(c, at, {.due = {}, .freed = n});
    me.to->on_read(n == 0 ? me.failure : std::error_code{}, n);
  });
}

inline void network::tell_room(const connection_ptr& c, std::size_t at) {
  detail::end& e = c->ends[at];
  auto const& w = weather_between(e.name, c->ends[1 - at].name);
  if (!e.awaits_room || e.closed || (!e.failure && e.unread_by_peer >= w.buffer)) return;
  e.awaits_room = false;
  tell(e.on, *e.home, [c, at] {
    detail::end& me = c->ends[at];
    if (me.to) me.to->on_writable(me.failure);
  });
}

inline void network::close(const connection_ptr& c, std::size_t at) {
  using mark = detail::segment::mark;
  detail::end& e = c->ends[at];
  if (std::exchange(e.closed, true)) return;
  e.to = nullptr;
  e.reads.reset();
  // What was never read makes the kernel reset the connection.
  if (!e.failure) send(c, at, {.due = {}, .marks = e.received.empty() ? mark::end : mark::reset});
}

// ---- faults

inline std::vector<network::connection_ptr> network::connections() {
  std::vector<connection_ptr> all;
  for (auto const& w : connections_)
    if (auto c = w.lock()) all.push_back(std::move(c));
  return all;
}

template <class F>
void network::each_between(const std::string& a, const std::string& b, F f) {
  for (auto const& c : connections())
    for (std::size_t at : {0u, 1u})
      if (c->ends[at].name == a && c->ends[1 - at].name == b) {
        f(c, at);
        break;
      }
}

inline void network::heal(const std::string& from, const std::string& to) {
  constexpr duration longest_retransmission = std::chrono::milliseconds{200};
  if (cut_.erase({from, to}) == 0) return;
  each_between(to, from, [&](const connection_ptr& c, std::size_t at) {
    if (!std::exchange(c->ends[at].coming_is_held, false)) return;
    c->ends[at].coming.front().due = time_.now() + dice_.between(duration{}, longest_retransmission);
    for (auto& s : c->ends[at].coming) s.due = std::max(s.due, c->ends[at].coming.front().due);
    deliver_later(c, at);
  });
}

inline void network::heal_all() {
  for (auto const& [from, to] : std::set<pair_of_names>{cut_}) heal(from, to);
  resets_.clear();
  by_pair_.clear();
  usual.reset_one_in = usual.refuse_one_in = 0;
}

inline void network::reset(const std::string& a, const std::string& b) {
  auto const why = std::make_error_code(std::errc::connection_reset);
  each_between(a, b, [&](const connection_ptr& c, std::size_t) {
    for (std::size_t at : {0u, 1u}) fail(c, at, why);
  });
}

inline void network::lose(const std::string& a, const std::string& b) {
  each_between(a, b, [&](const connection_ptr& c, std::size_t) {
    c->lost = true;
    for (auto& e : c->ends) e.coming.clear(), e.coming_is_held = false;
  });
}

}  // namespace snow::testing

#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "snow/session/stream.hpp"
#include "snow/testing/connection.hpp"
#include "snow/testing/surroundings.hpp"

namespace snow::testing {

/// Who is connected to whom, among simulated computers.
class network {
 public:
  network(timeline& time, dice d, trace& history) : around_{time, d, history} {}

  /// The transport of one computer, whose name is the host by which others dial it; from its start to its
  /// end. It listens on that computer, whatever host it names.
  std::shared_ptr<transport> join(const std::string& name);
  /// Its processes have ended: the kernel closes what they had open. `silently`: there is no kernel any more.
  void leave(const std::string& name, bool silently);

  // ---- faults; names of computers
  weather& usual() noexcept { return around_.usual; }
  weather& between(const std::string& from, const std::string& to) {
    return around_.by_pair.try_emplace({from, to}, around_.usual).first->second;
  }
  /// The usual weather again.
  void calm(const std::string& from, const std::string& to) { around_.by_pair.erase({from, to}); }
  void cut(const std::string& from, const std::string& to) { around_.cut.insert({from, to}); }
  void heal(const std::string& from, const std::string& to);
  void heal_all();
  /// All their connections end with an error, at once.
  void reset(const std::string& a, const std::string& b);
  /// All their connections carry nothing any more, and neither end is told.
  void lose(const std::string& a, const std::string& b);
  /// Once so many more bytes have come from one to the other, that connection is reset, or lost.
  void break_after(const std::string& from, const std::string& to, std::uint64_t bytes, bool silently) {
    around_.breaks[{from, to}] = {bytes, silently};
  }
  /// On each new connection of both, what the first says to the second goes through what `make` has made.
  void tamper(const std::string& from, const std::string& to, std::function<tampering()> make) {
    if (make)
      around_.tampered[{from, to}] = std::move(make);
    else
      around_.tampered.erase({from, to});
  }

 private:
  friend class simulated_transport;
  using connection_ptr = std::shared_ptr<detail::connection>;
  using place = std::pair<std::string, std::string>;  // a computer, and a port

  struct listening {
    std::weak_ptr<detail::presence> on;
    worker* home;
    transport::accepted each;
    std::uint64_t number;
  };
  class simulated_acceptor final : public acceptor {
   public:
    simulated_acceptor(network& net, place at, std::uint64_t number)
        : net_{net}, at_{std::move(at)}, number_{number} {}
    ~simulated_acceptor() override {
      auto const it = net_.listening_.find(at_);
      if (it != net_.listening_.end() && it->second.number == number_) net_.listening_.erase(it);
    }

   private:
    network& net_;
    place const at_;
    std::uint64_t const number_;
  };
  struct attempt {
    std::weak_ptr<detail::presence> on;
    std::string from;
    worker* home;
    place to;
    transport::dialled done;
    int tries = 0;
  };

  static place place_of(const std::string& address) {
    auto const colon = address.rfind(':');
    return {address.substr(0, colon), address.substr(colon + 1)};
  }
  tampering tampering_between(const std::string& from, const std::string& to) const {
    auto const it = around_.tampered.find({from, to});
    return it == around_.tampered.end() ? nullptr : it->second();
  }

  void dial(std::shared_ptr<attempt> a);
  void knock(const std::shared_ptr<attempt>& a);
  void accept(const std::shared_ptr<attempt>& a, const listening& by);
  void answer(const std::shared_ptr<attempt>& a, result<std::unique_ptr<stream>> s);
  void refuse(const std::shared_ptr<attempt>& a, std::errc why) {
    answer(a, error{errc::no_connection, std::make_error_code(why).message()});
  }
  std::vector<connection_ptr> connections();
  /// `f(connection, the end at a)` for each.
  template <class F>
  void each_between(const std::string& a, const std::string& b, F f);

  detail::surroundings around_;
  std::map<place, listening> listening_;
  std::uint64_t listeners_ = 0;
  std::vector<std::weak_ptr<detail::connection>> connections_;
  std::size_t look_at_ = 0;  ///< with so many connections, for those that have ended
};

class simulated_transport final : public transport {
 public:
  simulated_transport(network& net, std::shared_ptr<detail::presence> on) : net_{net}, on_{std::move(on)} {}
  void dial(worker& home, const std::string& address, dialled done) override {
    net_.dial(std::make_shared<network::attempt>(
        network::attempt{on_, on_->name, &home, network::place_of(address), std::move(done)}));
  }
  std::unique_ptr<acceptor> listen(worker& home, const std::string& address, accepted each) override {
    network::place const at{on_->name, network::place_of(address).second};
    if (net_.listening_.contains(at)) throw error{errc::address_in_use, address};
    std::uint64_t const number = ++net_.listeners_;
    net_.listening_.insert({at, {on_, &home, std::move(each), number}});
    return std::make_unique<network::simulated_acceptor>(net_, at, number);
  }

 private:
  network& net_;
  std::shared_ptr<detail::presence> const on_;
};

// ---- computers

inline std::shared_ptr<transport> network::join(const std::string& name) {
  auto const p = std::make_shared<detail::presence>(detail::presence{name});
  around_.present[name] = p;
  return std::make_shared<simulated_transport>(*this, p);
}

inline void network::leave(const std::string& name, bool silently) {
  auto const it = around_.present.find(name);
  if (it == around_.present.end()) return;
  for (auto const& c : connections())
    for (std::size_t at : {0u, 1u})
      if (c->at(at).on.lock() == it->second) {
        if (silently)
          c->vanish(at);
        else
          c->close(at);
      }
  std::erase_if(listening_, [&](auto const& l) { return l.second.on.lock() == it->second; });
  around_.present.erase(it);
}

// ---- connecting

inline void network::dial(std::shared_ptr<attempt> a) {
  around_.time.after(around_.latency(a->from, a->to.first), [this, a] { knock(a); });
}

inline void network::knock(const std::shared_ptr<attempt>& a) {
  constexpr int most_tries = 60;
  std::string const& there = a->to.first;
  if (a->on.expired()) return;
  bool const silent =
      around_.is_cut(a->from, there) || around_.is_cut(there, a->from) || !around_.present.contains(there);
  if (silent) {  // and is tried again, as SYNs are
    if (++a->tries == most_tries) return refuse(a, std::errc::timed_out);
    around_.time.after(std::chrono::seconds{1}, [this, a] { knock(a); });
    return;
  }
  const weather& w = around_.weather_between(a->from, there);
  if (around_.chance.one_in(w.hang_one_in))
    return around_.events.add(a->from, "waits", "in vain for {}", there);
  auto const it = listening_.find(a->to);
  if (it == listening_.end() || around_.chance.one_in(w.refuse_one_in))
    return refuse(a, std::errc::connection_refused);
  accept(a, it->second);
}

inline void network::accept(const std::shared_ptr<attempt>& a, const listening& by) {
  std::string const& there = a->to.first;
  detail::end dialler, acceptor;
  dialler.on = a->on;
  dialler.name = a->from;
  dialler.home = a->home;
  dialler.tampers = tampering_between(a->from, there);
  acceptor.on = by.on;
  acceptor.name = there;
  acceptor.home = by.home;
  acceptor.tampers = tampering_between(there, a->from);
  auto const c = std::make_shared<detail::connection>(around_, std::move(dialler), std::move(acceptor));
  if (connections_.size() >= look_at_) {
    std::erase_if(connections_, [](auto const& w) { return w.expired(); });
    look_at_ = 2 * connections_.size() + 16;
  }
  connections_.push_back(c);
  around_.events.add(a->from, "connects", "{}", there);
  detail::surroundings::tell(by.on, *by.home, [this, c, to = a->to, number = by.number] {
    auto s = std::make_unique<detail::simulated_stream>(c, 1);
    auto const l = listening_.find(to);
    if (l != listening_.end() && l->second.number == number) l->second.each(std::move(s));
  });
  answer(a, std::unique_ptr<stream>{std::make_unique<detail::simulated_stream>(c, 0)});
}

inline void network::answer(const std::shared_ptr<attempt>& a, result<std::unique_ptr<stream>> s) {
  auto const kept = std::make_shared<result<std::unique_ptr<stream>>>(std::move(s));
  around_.time.after(around_.latency(a->to.first, a->from), [a, kept] {
    detail::surroundings::tell(a->on, *a->home, [a, kept] { a->done(std::move(*kept)); });
  });
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
      if (c->at(at).name == a && c->at(1 - at).name == b) {
        f(*c, at);
        break;
      }
}

inline void network::heal(const std::string& from, const std::string& to) {
  if (around_.cut.erase({from, to}) == 0) return;
  each_between(to, from, [](detail::connection& c, std::size_t at) { c.release(at); });
}

inline void network::heal_all() {
  for (auto const& [from, to] : std::set{around_.cut}) heal(from, to);
  around_.breaks.clear();
  around_.by_pair.clear();
  around_.tampered.clear();
  around_.usual.reset_one_in = around_.usual.refuse_one_in = around_.usual.hang_one_in = 0;
}

inline void network::reset(const std::string& a, const std::string& b) {
  each_between(a, b, [](detail::connection& c, std::size_t) {
    for (std::size_t at : {0u, 1u}) c.fail(at, std::make_error_code(std::errc::connection_reset));
  });
}

inline void network::lose(const std::string& a, const std::string& b) {
  each_between(a, b, [](detail::connection& c, std::size_t) { c.lose(); });
}

}  // namespace snow::testing

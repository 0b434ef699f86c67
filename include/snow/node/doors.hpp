#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "snow/node/options.hpp"
#include "snow/node/session_connection.hpp"

namespace snow {

/// Where connections come from and go to: dials names, accepts whoever comes, and begins a session on each.
/// All on the first worker.
class doors final : public dialler {
 public:
  doors(network& net, name_table& names, engine& e, const node_options& o, std::uint64_t creation, random& r)
      : net_{net},
        names_{names},
        home_{e.first()},
        options_{o},
        creation_{creation},
        random_{r},
        prover_{o.cookie},
        sockets_{o.transport ? nullptr : make_sockets(e.first())},
        transport_{o.transport ? *o.transport : *sockets_} {
    acceptor_ =
        transport_.listen(home_, o.listen.empty() ? std::string{node_name::parse(o.name).address} : o.listen,
                          [this](std::unique_ptr<stream> s) { on_accepted(std::move(s)); });
  }

  ~doors() override { end_dials(); }

  void dial(const std::string& name) override;
  void stop_listening() override { acceptor_.reset(); }
  void close_all() override;

 private:
  struct dialling {
    alarm patience;
    bool over = false;  // what the transport says counts no more; it may say it when the node is gone
  };
  struct half_open {
    std::string address;
    std::weak_ptr<session_connection> connection;
  };

  static std::unique_ptr<transport> make_sockets(worker& home) {
    auto* const on_asio = dynamic_cast<asio_poller*>(&home.sleeps_on());
    if (!on_asio)
      throw error{errc::not_allowed, "this machine has no sockets: set node_options::transport too"};
    return std::make_unique<socket_transport>(on_asio->io(), home);
  }
  void on_accepted(std::unique_ptr<stream> s);
  void begin(std::unique_ptr<stream> s, const std::string& dialled, std::function<void()> when_not_half_open);
  bool comes_too_often(const std::string& address);
  void make_room(const std::string& newcomer);
  void end_dials() noexcept;
  bool may_speak_over(const stream& s) const noexcept { return s.is_protected() || options_.plaintext; }

  network& net_;
  name_table& names_;
  worker& home_;
  const node_options& options_;
  std::uint64_t const creation_;
  random& random_;
  cookie_prover prover_;
  std::unique_ptr<transport> const sockets_;
  transport& transport_;
  std::unique_ptr<acceptor> acceptor_;
  std::map<std::uint64_t, std::shared_ptr<session_connection>> connections_;  // by age
  std::map<std::uint64_t, std::shared_ptr<dialling>> dials_;                  // by age
  std::uint64_t made_ = 0;
  std::list<half_open> half_open_;  // the oldest first
  std::map<std::string, std::size_t> half_open_by_address_;
  std::map<std::string, rate_limit> accepts_by_address_;  // of those that came in the last second
};

inline void doors::dial(const std::string& name) {
  std::uint64_t const number = ++made_;
  auto const d = dials_.emplace(number, std::make_shared<dialling>()).first->second;
  d->patience.set(home_.owner().clock().now() + options_.limits.handshake, [this, number, name] {
    dials_.extract(number).mapped()->over = true;
    net_.on_dial_failed(name, error{errc::no_connection, "nobody answers"});
  });
  auto const done = [this, d, number, name](result<std::unique_ptr<stream>> s) {
    if (std::exchange(d->over, true)) return;
    d->patience.cancel();
    dials_.erase(number);
    if (!s) return net_.on_dial_failed(name, s.error());
    if (!may_speak_over(**s))
      return net_.on_dial_failed(
          name,
          error{errc::not_allowed, "neither loopback nor TLS: set plaintext if the network is trusted"});
    begin(*std::move(s), name, nullptr);
  };
  try {
    transport_.dial(home_, std::string{node_name::parse(name).address}, done);
  } catch (const std::exception& e) {
    run_on(home_, [done, why = error{errc::no_connection, e.what()}] { done(why); });
  }
}

inline void doors::on_accepted(std::unique_ptr<stream> s) {
  if (!may_speak_over(*s))
    return net_.on_handshake_failed(s->peer_address(), error{errc::not_allowed, "without TLS"});
  std::string const address = s->peer_address();
  if (comes_too_often(address))
    return net_.on_handshake_failed(address, error{errc::overloaded, "too many connections in one second"});
  make_room(address);
  ++half_open_by_address_[address];
  auto const it = half_open_.insert(half_open_.end(), {address, {}});
  begin(std::move(s), "", [this, it] {
    auto const of = half_open_by_address_.find(it->address);
    if (--of->second == 0) half_open_by_address_.erase(of);
    half_open_.erase(it);
  });
}

/// Above the rate, or one of more addresses in a second than there is room for half-open connections.
inline bool doors::comes_too_often(const std::string& address) {
  time_point const now = home_.owner().clock().now();
  auto it = accepts_by_address_.find(address);
  if (it == accepts_by_address_.end()) {
    if (accepts_by_address_.size() >= options_.limits.half_open) {
      std::erase_if(accepts_by_address_, [&](auto const& a) { return a.second.is_rested(now); });
      if (accepts_by_address_.size() >= options_.limits.half_open) return true;
    }
    it = accepts_by_address_.emplace(address, rate_limit{options_.limits.accepts_per_second}).first;
  }
  return !it->second.take(now);
}

/// At the cap, the address that holds most loses its oldest.
inline void doors::make_room(const std::string& newcomer) {
  auto const of = half_open_by_address_.find(newcomer);
  bool const own_cap =
      of != half_open_by_address_.end() && of->second >= options_.limits.half_open_per_address;
  if (!own_cap && half_open_.size() < options_.limits.half_open) return;
  auto most = of;
  if (!own_cap)
    most = std::max_element(half_open_by_address_.begin(), half_open_by_address_.end(),
                            [](auto const& a, auto const& b) { return a.second < b.second; });
  if (most == half_open_by_address_.end()) return;
  auto const it = std::find_if(half_open_.begin(), half_open_.end(),
                               [&](const half_open& h) { return h.address == most->first; });
  if (auto const c = it->connection.lock())
    c->drop(error{errc::overloaded, "too many half-open connections"});
}

inline void doors::end_dials() noexcept {
  for (auto const& [number, d] : std::exchange(dials_, {})) {
    d->over = true;
    d->patience.cancel();
  }
}

inline void doors::close_all() {
  end_dials();
  for (auto const& [number, c] : std::exchange(connections_, {}))
    c->drop(error{errc::shutdown, "this node is shutting down"});
}

inline void doors::begin(std::unique_ptr<stream> s, const std::string& dialled,
                         std::function<void()> when_not_half_open) {
  bool const counted = when_not_half_open != nullptr;
  std::uint64_t const number = ++made_;
  auto const c = std::make_shared<session_connection>(
      session_connection::parts{net_, names_, options_.mesh, dialled, std::move(when_not_half_open),
                                [this, number] { connections_.erase(number); }});
  if (counted) half_open_.back().connection = c;
  wire::hello h;
  h.name = options_.name;
  h.dialled = dialled;
  h.creation = creation_;
  random_.fill(h.nonce);
  h.frame = options_.limits.frame;
  h.session_window = options_.limits.session_window;
  h.mailbox_window = options_.limits.mailbox_window;
  h.message = options_.limits.message;
  c->begin({home_, std::move(s), *c, prover_, &names_, options_.limits, random_.next(), h});
  connections_.emplace(number, c);
}

}  // namespace snow

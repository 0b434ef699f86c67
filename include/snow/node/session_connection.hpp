#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "snow/node/network.hpp"
#include "snow/node/session_link.hpp"

namespace snow {

/// One connection from the first byte on: what its session tells becomes what happens to the node's
/// neighbours, and what its peer says arrives. Its owner keeps it until the session has ended.
class session_connection final : public connection,
                                 public session_listener,
                                 public std::enable_shared_from_this<session_connection> {
 public:
  struct parts {
    network& net;
    name_table& names;
    bool mesh = false;
    std::string dialled = {};                       ///< the name, where this end dialled
    std::function<void()> when_not_half_open = {};  ///< called once: proved, or over
    std::function<void()> when_over = {};           ///< called once: its owner lets it go
  };

  explicit session_connection(parts p) : parts_{std::move(p)} {}

  /// On the worker of the session.
  void begin(session::parts p) { session_ = session::start(std::move(p)); }
  /// On the worker of the session: ends it.
  void drop(const error& why) { session_->close(why); }

  // ---- connection: any worker
  const std::string& peer_name() const noexcept override { return session_->peer().name; }
  std::uint64_t peer_creation() const noexcept override { return session_->peer().creation; }
  bool dialled() const noexcept override { return session_->dialled(); }
  void open() override {
    on_worker([](session& s) { s.open(); });
  }
  void refuse(errc why) override {
    on_worker([why](session& s) { s.refuse(why); });
  }
  void probe() override {
    on_worker([](session& s) { s.probe(); });
  }
  void close(errc why) override {
    on_worker([why](session& s) { s.close(error{why, "this node gave it up"}); });
  }
  void goodbye() override {
    on_worker([](session& s) { s.goodbye(); });
  }

 private:
  template <class F>
  void on_worker(F f) {
    run_on(session_->home(), [self = shared_from_this(), f] { f(*self->session_); });
  }

  // ---- session_listener
  void on_proved(session&) override {
    proved_ = true;
    no_longer_half_open();
    parts_.net.on_proved(shared_from_this());
  }
  void on_opened(session&) override { parts_.net.on_opened(shared_from_this()); }
  void on_open(session& s) override {
    link_ = std::make_shared<session_link>(session_, parts_.names.hold(s.peer().name, s.peer().creation),
                                           parts_.net.limits());
    parts_.net.routes().add(link_);
    parts_.net.on_running(shared_from_this());
    if (parts_.mesh) tell_peers(s);
  }
  void on_heard(session&) override { parts_.net.on_heard(shared_from_this()); }
  void on_pong(session&) override { parts_.net.on_pong(shared_from_this()); }
  void on_closed(session&, const error& why) override {
    auto const self = shared_from_this();
    parts_.when_over();
    bool const was_open = link_ != nullptr;
    no_longer_half_open();
    if (link_) {
      arrivals().on_end(*link_, reason{why.which(), why.details()});
      parts_.names.release(link_->id());
      link_.reset();
    }
    if (!was_open && parts_.dialled.empty()) parts_.net.on_handshake_failed(who(), why);
    if (proved_) {
      parts_.net.on_closed(self, why);
    } else if (!parts_.dialled.empty()) {
      parts_.net.on_dial_failed(parts_.dialled, why);
    }
  }
  void on_stalled(session&, const wire::process& who, bool for_good) override {
    parts_.net.on_stalled(who.at(this_node), for_good);
  }

  bool on_signal(session& s, const wire::send& m) override {
    arrivals().on_send(m.to.at(this_node), message_of(s, m, m.to));
    return true;
  }
  bool on_signal(session& s, const wire::send_to_name& m) override {
    arrivals().on_send(m.to, message_of(s, m, wire::process_of_name(m.to)));
    return true;
  }
  bool on_signal(session& s, const wire::reply& m) override {
    arrivals().on_reply(*link_, {m.to.at(this_node), m.request, m.token},
                        {m.status, m.type, s.keep(m.body), m.details});
    return true;
  }
  bool on_signal(session& s, const wire::spawn& m) override {
    return arrivals().on_spawn(
        *link_, {m.caller.at(link_->id()), m.request, m.token, (m.flags & wire::spawn::link) != 0,
                 (m.flags & wire::spawn::monitor) != 0, (m.flags & wire::spawn::call) != 0, m.function,
                 m.fingerprint, s.keep(m.arguments)});
  }
  bool on_signal(session&, const wire::spawn_reply& m) override {
    if (m.status == errc::normal) {
      arrivals().on_started(*link_, m.request, m.started.at(link_->id()));
    } else {
      arrivals().on_not_started(*link_, m.request, m.status, m.details);
    }
    return true;
  }
  bool on_signal(session&, const wire::abandon& m) override {
    arrivals().on_abandon(*link_, m.request);
    return true;
  }
  bool on_signal(session&, const wire::monitor& m) override {
    arrivals().on_monitor(*link_, {m.watcher.at(link_->id()), m.number, m.target.at(this_node)});
    return true;
  }
  bool on_signal(session&, const wire::demonitor& m) override {
    arrivals().on_demonitor(*link_, {m.watcher.at(link_->id()), m.number, m.target.at(this_node)});
    return true;
  }
  bool on_signal(session&, const wire::down& m) override {
    arrivals().on_down(*link_, {m.watcher.at(this_node), m.number, m.target.at(link_->id())},
                       reason{m.why.code, std::string{m.why.text}});
    return true;
  }
  bool on_signal(session&, const wire::exit& m) override {
    pid const from = m.from.at(link_->id()), to = m.to.at(this_node);
    reason why{m.why.code, std::string{m.why.text}};
    if (m.how == wire::exit::kind::link)
      arrivals().on_broken(*link_, from, to, why);
    else
      arrivals().on_exit(from, to, why, m.how == wire::exit::kind::kill);
    return true;
  }
  bool on_signal(session&, const wire::link& m) override {
    return arrivals().on_link(*link_, m.from.at(link_->id()), m.to.at(this_node));
  }
  bool on_signal(session&, const wire::unlink& m) override {
    return arrivals().on_unlink(*link_, m.from.at(link_->id()), m.to.at(this_node), m.id);
  }
  bool on_signal(session&, const wire::unlink_ack& m) override {
    arrivals().on_unlink_ack(*link_, m.from.at(link_->id()), m.to.at(this_node), m.id);
    return true;
  }
  bool on_signal(session&, const wire::peers& m) override {
    if (parts_.mesh)
      for (auto const& name : m.names)
        if (!parts_.net.heard_of(std::string{name})) return false;
    return true;
  }

  template <class Message>
  arrivals::message message_of(session& s, const Message& m, const wire::process& window) const {
    arrivals::message made{
        m.from ? m.from->at(link_->id()) : pid{}, m.type, s.keep(m.body), s.room_of(window), {}};
    if (m.ask) made.asked = question{m.ask->request, m.ask->token, m.ask->result};
    return made;
  }
  void tell_peers(session& s) {
    wire::peers m;
    auto const all = parts_.net.routes().all();
    for (auto const& way : all) {
      if (way->name() != s.peer().name) m.names.push_back(way->name());
      if (m.names.full()) s.push({}, std::exchange(m, {}));
    }
    if (!m.names.empty()) s.push({}, m);
  }
  std::string who() const {
    std::string const& address = session_->peer_address();
    return proved_ ? session_->peer().name + " at " + address : address;
  }
  void no_longer_half_open() {
    if (auto const f = std::exchange(parts_.when_not_half_open, nullptr)) f();
  }
  snow::arrivals& arrivals() noexcept { return parts_.net.arrivals(); }

  parts parts_;
  std::shared_ptr<session> session_;
  std::shared_ptr<session_link> link_;
  bool proved_ = false;
};

}  // namespace snow

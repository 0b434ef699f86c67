#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "snow/node/link.hpp"
#include "snow/session.hpp"

namespace snow {

/// The way to another node over an open session: signals as the wire's messages.
class session_link final : public link {
 public:
  session_link(std::shared_ptr<session> s, node_id id, const limits& l)
      : link{s->peer().name, s->peer().creation, id, l}, session_{std::move(s)} {}

  pushed send(const pid& from, const pid& to, const outgoing& value, const question* q) override {
    return put_message<wire::send>(from, of(to), value, q);
  }
  pushed send(const pid& from, std::string_view to, const outgoing& value, const question* q) override {
    return put_message<wire::send_to_name>(from, to, value, q);
  }
  pushed reply(const pid& from, const reply_path& to, const answer& a) override {
    wire::reply m;
    m.request = to.request;
    m.token = to.token;
    m.to = of(to.asker);
    m.status = a.status;
    m.details = a.details;
    if (a.value) m.type = a.value->type;
    return put(from, m, a.value);
  }
  pushed start(const remote_requests::request& r, const remote_start& what) override {
    wire::spawn m;
    m.request = r.number;
    m.token = r.token;
    m.caller = of(r.asker);
    if (r.linked) m.flags |= wire::spawn::link;
    if (r.watched) m.flags |= wire::spawn::monitor;
    if (r.kind == request_kind::call) m.flags |= wire::spawn::call;
    m.function = what.function;
    m.fingerprint = what.fingerprint;
    m.arguments = what.arguments.span();
    return put(r.asker, m);
  }
  pushed started(const pid& from, std::uint64_t request, const pid& child) override {
    wire::spawn_reply m;
    m.request = request;
    m.started = of(child);
    return put(from, m);
  }
  pushed not_started(std::uint64_t request, errc why, std::string_view details) override {
    wire::spawn_reply m;
    m.request = request;
    m.status = why;
    m.details = details;
    return put({}, m);
  }
  pushed abandon(const pid& from, std::uint64_t request) override {
    return put(from, wire::abandon{request});
  }
  pushed monitor(const watch& w) override {
    return put(w.watcher, wire::monitor{of(w.watcher), of(w.target), w.monitor});
  }
  pushed demonitor(const watch& w) override {
    return put(w.watcher, wire::demonitor{of(w.watcher), of(w.target), w.monitor});
  }
  pushed down(const watch& w, const reason& why) override {
    return put(w.target, wire::down{of(w.target), of(w.watcher), w.monitor, {why.code(), why.text()}});
  }
  pushed exit(const pid& from, const pid& to, const reason& why, bool by_force) override {
    return put(from, wire::exit{by_force ? wire::exit::kind::kill : wire::exit::kind::asked,
                                of(from),
                                of(to),
                                {why.code(), why.text()}});
  }
  pushed tie(const pid& from, const pid& to) override { return put(from, wire::link{of(from), of(to)}); }
  pushed untie(const pid& from, const pid& to, std::uint64_t id) override {
    return put(from, wire::unlink{of(from), of(to), id});
  }
  pushed untied(const pid& from, const pid& to, std::uint64_t id) override {
    return put(from, wire::unlink_ack{of(from), of(to), id});
  }
  pushed broken(const pid& from, const pid& to, const reason& why) override {
    return put(from, wire::exit{wire::exit::kind::link, of(from), of(to), {why.code(), why.text()}});
  }
  session_info info() const override {
    session_info i = link::info();
    auto const seen = session_->seen();
    i.address = session_->peer_address();
    i.received_bytes = seen.received;
    i.sent_bytes = seen.sent;
    i.waiting_bytes = seen.waiting;
    i.window_used = seen.window_used;
    i.round_trip = seen.round_trip;
    return i;
  }
  void when_clear(const pid& sender, std::function<void()> f) override {
    session_->when_clear(of(sender), std::move(f));
  }

 private:
  static wire::process of(const pid& p) noexcept { return wire::process::of(p); }

  template <class Message, class To>
  pushed put_message(const pid& from, const To& to, const outgoing& value, const question* q) {
    Message m;
    if constexpr (std::is_same_v<To, std::string_view>)
      if (to.empty() || to.size() > wire::longest_name) return pushed::too_large;
    if (from) m.from = of(from);
    m.to = to;
    if (q) m.ask = wire::question{q->request, q->token, q->result};
    m.type = value.type;
    return put(from, m, &value);
  }
  template <class Message>
  pushed put(const pid& from, const Message& m, const outgoing* value = nullptr) {
    switch (session_->push(of(from), m, value)) {
      case session::pushed::sent:
        return pushed::sent;
      case session::pushed::waits:
        return pushed::waits;
      case session::pushed::congested:
        return pushed::congested;
      case session::pushed::closed:
        return pushed::closed;
      case session::pushed::too_large:
      case session::pushed::unfit:
        return pushed::too_large;
    }
    return pushed::closed;
  }

  std::shared_ptr<session> session_;
};

}  // namespace snow

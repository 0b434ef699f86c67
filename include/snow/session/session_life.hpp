#pragma once

#include "snow/session/session.hpp"

// How a session begins, stays alive and ends.

namespace snow {

inline std::shared_ptr<session> session::start(parts p) {
  std::shared_ptr<session> const s{new session{std::move(p)}};
  s->stream_->attach(*s);
  s->alarm_.set(s->home_.owner().clock().now() + s->limits_.handshake, [raw = s.get()] {
    raw->end(error{errc::timed_out, "the handshake took too long"});
  });
  s->flush_later();
  s->read_later();
  return s;
}

inline session::session(parts&& p)
    : home_{p.home},
      stream_{std::move(p.stream)},
      listener_{p.listener},
      names_{p.names},
      limits_{p.limits},
      peer_address_{stream_->peer_address()},
      dialled_{!p.hello.dialled.empty()},
      seed_{p.seed},
      out_{home_.owner().tuning().piece} {
  returns_ = window_returns::make(
      home_, [this](const wire::process& target, std::size_t charge) { given_back(target, charge); });
  handshake_.emplace(p.hello, dialled_, stream_->binding(), p.prover, out_.urgent());
  largest_frame_ = handshake_->largest_frame();
  flush_.run = [](turn_end& t) {
    auto const self = std::exchange(static_cast<flushing&>(t).of, nullptr);
    self->flush();
    // An answer leaves before this end looks for the next question.
    if (std::exchange(self->reads_later_, false) && self->state_ != state::closed) self->read_now();
  };
}

inline session::~session() {
  for (queued* q = fifo_.close(); q;) delete std::exchange(q, q->next);
}

inline bool session::take_handshake(const wire::frame& f) {
  auto const now = handshake_->on_frame(f);
  if (now == wire::handshake::state::expecting_proof) largest_frame_ = handshake_->largest_frame();
  flush_later();
  if (now == wire::handshake::state::failed) {
    flush();  // what is to be said before the close
    if (state_ != state::closed) end(handshake_->why());
    return false;
  }
  if (now == wire::handshake::state::proved && !std::exchange(proved_, true)) {
    listener_.on_proved(*this);
  } else if (now == wire::handshake::state::open) {
    listener_.on_opened(*this);
  }
  return state_ != state::closed;
}

/// Says OPEN, if this end is the one that does.
inline void session::open() {
  if (state_ != state::beginning) return;
  if (handshake_->now() == wire::handshake::state::proved) handshake_->open();
  state_ = state::open;
  largest_frame_ = handshake_->largest_frame();
  traffic_ = std::make_unique<traffic>(peer(), limits_, seed_);
  alarm_.cancel();
  beat();
  flush_later();
  listener_.on_open(*this);
  if (std::exchange(paused_, false) && state_ != state::closed) {
    auto const self = shared_from_this();
    go_on();
  }
}

inline void session::refuse(errc why) {
  if (state_ == state::closed) return;
  handshake_->refuse(why);
  flush();
  if (state_ != state::closed) end(error{why, "this node refused the connection"});
}

inline void session::probe() {
  probe_ = pings_ + 1;
  ping_later();
}

inline void session::ping_later() {
  ping_due_ = true;
  flush_later();
}

inline void session::close(const error& why) {
  auto const self = shared_from_this();
  end(why);
}

inline void session::goodbye() {
  if (state_ != state::open) return close(error{errc::shutdown, "this node is shutting down"});
  drain();
  state_ = state::leaving;
  auto const after_half = [this](auto f) {
    alarm_.set(home_.owner().clock().now() + limits_.leaving / 2, std::move(f));
  };
  after_half([this, after_half] {
    // What the peer's actors have not taken until now goes nowhere; the goodbye behind it does.
    traffic_->departures.clear([](auto&) {});
    held_bytes_ = 0;
    flush_later();
    // The peer closes when it has read that. Closing first could take from it what it has not read yet.
    after_half([this] { end(error{errc::shutdown, "this node said goodbye, and the peer did not close"}); });
  });
  flush_later();
}

/// Every period: a PING; after some without a sign of life the peer is dead. It is judged one turn later,
/// when what had arrived has been read (S-64).
inline void session::beat() {
  time_point const now = home_.owner().clock().now();
  if (std::exchange(heard_, false)) {
    silent_periods_ = 0;
  } else if (!std::exchange(judging_, false)) {
    judging_ = true;
    return alarm_.set(now, [this] { beat(); });
  } else if (++silent_periods_ >= limits_.missed_heartbeats) {
    return end(error{errc::no_connection, "the peer gave no sign of life"});
  }
  judging_ = false;
  all_credit_due_ = true;
  ping_later();
  alarm_.set(now + limits_.heartbeat, [this] { beat(); });
}

/// Again and again, as long as anything waits in mailboxes.
inline void session::look_for_stalled() {
  looks_for_stalled_ = traffic_->arrived.used() != 0;
  if (!looks_for_stalled_) return warned_of_.clear();
  time_point const now = home_.owner().clock().now();
  for (auto const& who : traffic_->arrived.stalled(now, limits_.stall)) {
    warned_of_.erase(who);
    listener_.on_stalled(*this, who, true);
  }
  std::set<wire::process> slow;
  for (auto const& who : traffic_->arrived.stalled(now, limits_.stall / 2)) {
    if (!warned_of_.contains(who)) listener_.on_stalled(*this, who, false);
    slow.insert(who);
  }
  warned_of_ = std::move(slow);
  stall_alarm_.set(now + limits_.stall / 8, [this] { look_for_stalled(); });
}

inline void session::end(const error& why) {
  if (std::exchange(state_, state::closed) == state::closed) return;
  auto const self = shared_from_this();
  alarm_.cancel();
  stall_alarm_.cancel();
  returns_.reset();
  stream_->close();
  for (queued* q = fifo_.close(); q;) delete std::exchange(q, q->next);
  listener_.on_closed(*this, why);
  tell_clear();
  for (auto const& [sender, f] : std::exchange(when_sent_, {})) f();
}

}  // namespace snow

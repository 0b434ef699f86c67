#pragma once

#include <algorithm>

#include "snow/session/session.hpp"

// What a session sends: signals from any worker, into the outbox, out by the stream.

namespace snow {

template <class Message>
session::needs session::needs_of(const wire::process& from, const Message& m) {
  if constexpr (Message::is == wire::tag::send) {
    return {from, m.to};
  } else if constexpr (Message::is == wire::tag::send_to_name) {
    return {from, wire::process_of_name(m.to)};
  } else {
    return {from, {}};
  }
}

/// A frame of any length; `too_large` beyond what the peer takes.
template <class Message>
session::pushed session::encode(byte_buffer& out, const Message& m, const outgoing* value) const {
  // Of what fails, and of what a codec of the user's throws in, nothing stays behind.
  struct undo {
    byte_buffer& out;
    std::size_t at = out.size();
    bool done = false;
    ~undo() {
      if (!done) out.truncate(at);
    }
  } frame{out};
  std::size_t const at = wire::begin(out, m);
  if (value) {
    writer w{out, names_};
    if (value->encode) value->encode(w, value->value);
    if (!value->encode || w.failed()) return pushed::unfit;
  }
  if (wire::end_frame(out, at) > peer().message) return pushed::too_large;
  frame.done = true;
  return pushed::sent;
}

template <class Message>
session::pushed session::push(const wire::process& from, const Message& m, const outgoing* value) {
  if (overflowed_.load(std::memory_order_relaxed)) return pushed::closed;
  needs const n = needs_of(from, m);
  if (worker::current() == &home_ && fifo_.empty()) {
    if (state_ != state::open) return pushed::closed;
    if (traffic_->departures.may_leave(n)) {
      byte_buffer& out = out_.tail();
      std::size_t const before = out.size();
      if (auto const result = encode(out, m, value); result != pushed::sent) return result;
      std::size_t const size = out.size() - before;
      if (size - wire::frame_header > largest_frame_) {
        byte_buffer frame;
        frame.append(out.span().subspan(before));
        out.truncate(before);
        leave(n, std::move(frame));
      } else {
        out_.appended(size);
        traffic_->departures.left(n, wire::charge_of(size));
      }
      placed_ += size;
      flush_later();
      return accepted(size, false);
    }
  }
  auto q = std::make_unique<queued>();
  q->needs = n;
  if (auto const result = encode(q->frame, m, value); result != pushed::sent) return result;
  std::size_t const size = q->frame.size();
  if (worker::current() == &home_ && fifo_.empty()) {
    placed_ += size;
    return accepted(size, !place(n, std::move(q->frame)));
  }
  // Before its worker can see it, and take it off again. Another worker learns that something waits from the
  // message after it.
  pushed const result = accepted(size, holds_.load(std::memory_order_relaxed));
  switch (fifo_.push(*q)) {
    case closable_inbox<queued>::pushed::refused:
      return pushed::closed;
    case closable_inbox<queued>::pushed::first:
      run_on(home_, [self = shared_from_this()] { self->drain(); });
      break;
    case closable_inbox<queued>::pushed::queued:
      break;
  }
  q.release();
  return result;
}

/// The limit is looked at here, since a sender that never awaits anything lets nobody flush; one message may
/// go beyond it.
inline session::pushed session::accepted(std::size_t n, bool waits) {
  std::size_t const before = waiting_bytes_.fetch_add(n, std::memory_order_relaxed);
  if (before > limits_.outbox && !overflowed_.exchange(true, std::memory_order_relaxed))
    run_on(home_, [self = shared_from_this()] {
      self->end(error{errc::overloaded, "more waits to be written than the limit of the outbox"});
    });
  if (before + n > limits_.outbox_high) return pushed::congested;
  return waits ? pushed::waits : pushed::sent;
}

/// False: it waits for a window, or behind its sender's.
inline bool session::place(const needs& n, byte_buffer&& frame) {
  if (!traffic_->departures.may_leave(n)) {
    held_bytes_ += frame.size();
    traffic_->departures.hold(n, std::move(frame));
    holds_.store(true, std::memory_order_relaxed);
    return false;
  }
  leave(n, std::move(frame));
  flush_later();
  return true;
}

/// It may leave: whole, or in parts.
inline void session::leave(const needs& n, byte_buffer&& frame) {
  std::size_t const size = frame.size();
  bool const in_parts = size - wire::frame_header > largest_frame_;
  if (in_parts) {
    auto const tag = static_cast<wire::tag>(frame.data()[4]);
    std::shared_ptr<std::byte[]> const memory = frame.release();
    traffic_->splitter.add(n.from, tag,
                           {memory, {memory.get() + wire::frame_header, size - wire::frame_header}});
  } else {
    out_.tail().append(frame.span());
    out_.appended(size);
  }
  traffic_->departures.left(n, wire::charge_of(size), in_parts);
}

inline void session::release_held() {
  while (auto h = traffic_->departures.next()) {
    held_bytes_ -= h->signal.size();
    leave(h->needs, std::move(h->signal));
    look_for_clear(h->needs.from);
  }
  if (traffic_->departures.held_signals() == 0) holds_.store(false, std::memory_order_relaxed);
  flush_later();
}

/// Parts of long signals, as many as keep the stream busy; but what is sent next goes behind them (S-2).
inline void session::put_parts() {
  std::size_t const ready =
      std::min(home_.owner().tuning().ready_to_write, wire::most_fragmented * std::size_t{largest_frame_});
  while (!traffic_->splitter.empty() && out_.size() < ready) {
    byte_buffer& out = out_.tail();
    std::size_t const before = out.size();
    auto const done = traffic_->splitter.next(out);
    out_.appended(out.size() - before);
    if (done) {
      traffic_->departures.parts_left(*done);
      release_held();
      look_for_clear(*done);
    }
  }
}

inline void session::given_back(const wire::process& target, std::uint64_t charge) {
  if (state_ != state::open) return;
  traffic_->arrived.left(target, charge, home_.turn_time());
  if (traffic_->arrived.is_due()) flush_later();
}

/// What goes before data. None of it is made while the stream takes nothing, so that a peer that does not
/// read cannot make it pile up; and no window opens for what such a peer sends.
inline void session::put_urgent() {
  if (auto const number = std::exchange(pong_due_, {})) wire::put(out_.urgent(), wire::pong{*number});
  if (std::exchange(all_credit_due_, false) || traffic_->arrived.is_due()) {
    wire::credit c;
    while (traffic_->arrived.take(c)) wire::put(out_.urgent(), c);
  }
  if (std::exchange(ping_due_, false)) {
    wire::put(out_.urgent(), wire::ping{++pings_});
    pinged_at_ = home_.owner().clock().now();
  }
}

/// Behind everything else.
inline void session::put_goodbye() {
  if (state_ != state::leaving || !traffic_->splitter.empty() || traffic_->departures.held_signals() != 0 ||
      std::exchange(said_goodbye_, true))
    return;
  byte_buffer& out = out_.tail();
  std::size_t const before = out.size();
  wire::put(out, wire::goodbye{});
  out_.appended(out.size() - before);
}

inline void session::drain() {
  for (queued* q = fifo_.take(); q;) {
    std::unique_ptr<queued> const now{std::exchange(q, q->next)};
    placed_ += now->frame.size();
    if (state_ == state::open) place(now->needs, std::move(now->frame));
  }
  flush_later();
}

inline void session::flush_later() {
  if (!writing_) at_turn_end();
}
inline void session::at_turn_end() {
  if (state_ == state::closed || flush_.of) return;
  flush_.of = shared_from_this();
  home_.at_turn_end(flush_);
}

inline void session::flush() {
  if (state_ == state::closed || writing_) return;
  auto const self = shared_from_this();
  if (is_running()) put_urgent();
  std::error_code ec;
  for (int rounds = 0;; ++rounds) {
    if (is_running()) {
      put_parts();
      put_goodbye();
    }
    out_.flush(*stream_, ec);
    sent_bytes_.store(out_.written(), std::memory_order_relaxed);
    if (ec) return end(error{errc::no_connection, "writing: " + ec.message()});
    if (!out_.empty() || !is_running() || traffic_->splitter.empty()) break;
    if (rounds == home_.owner().tuning().writes_in_a_turn) {  // others have a turn first
      flush_later();
      break;
    }
  }
  if (traffic_) window_used_.store(traffic_->departures.windows().used(), std::memory_order_relaxed);
  std::size_t const left = out_.size() + held_bytes_ + (traffic_ ? traffic_->splitter.bytes_left() : 0);
  if (left < placed_) {
    waiting_bytes_.fetch_sub(placed_ - left, std::memory_order_relaxed);
    placed_ = left;
  }
  if (!out_.empty()) {
    writing_ = true;
    stream_->await_writable();
  }
  if (left <= limits_.outbox_low) tell_clear();
}

inline void session::on_writable(std::error_code ec) {
  writing_ = false;
  if (ec) return end(error{errc::no_connection, "writing: " + ec.message()});
  drain();
}

inline session::figures session::seen() const noexcept {
  constexpr auto order = std::memory_order_relaxed;  // figures for people, each on its own
  return {received_bytes_.load(order), sent_bytes_.load(order), waiting_bytes_.load(order),
          window_used_.load(order), duration{round_trip_.load(order)}};
}

inline void session::when_clear(const wire::process& sender, std::function<void()> f) {
  detail::run_soon_on(home_, [self = shared_from_this(), sender, f = std::move(f)]() mutable {
    self->drain();  // what is asked about may be in there
    bool const waits =
        self->state_ != state::closed && self->traffic_ && self->traffic_->departures.waits(sender);
    if (!waits) return self->await_clear(std::move(f));
    if (auto const older = std::exchange(self->when_sent_[sender], std::move(f))) older();
  });
}
inline void session::await_clear(std::function<void()> f) {
  if (state_ == state::closed || placed_ <= limits_.outbox_low) return f();
  when_clear_.push_back(std::move(f));
}
inline void session::look_for_clear(const wire::process& sender) {
  if (when_sent_.empty() || traffic_->departures.waits(sender)) return;
  if (auto sent = when_sent_.extract(sender)) await_clear(std::move(sent.mapped()));
}
inline void session::tell_clear() {
  for (auto const& f : std::exchange(when_clear_, {})) f();
}

}  // namespace snow

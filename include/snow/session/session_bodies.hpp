#pragma once

#include "snow/session/session.hpp"

namespace snow {

inline std::shared_ptr<session> session::start(parts p) {
  std::shared_ptr<session> const s{new session{std::move(p)}};
  s->stream_->attach(*s);
  s->alarm_.set(s->home_.owner().clock().now() + s->limits_.handshake, [raw = s.get()] {
    raw->end(error{errc::timed_out, "the handshake took too long"});
  });
  s->flush_later();
  s->read_more();
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
      received_{std::make_shared_for_overwrite<std::byte[]>(receive_size)} {
  handshake_.emplace(p.hello, dialled_, stream_->binding(), p.prover, out_.urgent());
  largest_frame_ = handshake_->largest_frame();
  flush_.run = [](turn_end& t) { std::exchange(static_cast<flushing&>(t).of, nullptr)->flush(); };
}

inline session::~session() {
  for (queued* q = fifo_.close(); q;) delete std::exchange(q, q->next);
}

// ---- what goes out

template <class Message>
session::pushed session::encode(byte_buffer& out, const Message& m, const outgoing* value) const {
  std::size_t const at = wire::begin(out, m);
  if (value) {
    writer w{out, names_};
    value->encode(w, value->value);
    if (w.failed()) return out.truncate(at), pushed::unfit;
  }
  if (wire::end_frame(out, at) > largest_frame_) return out.truncate(at), pushed::too_large;
  return pushed::sent;
}

template <class Message>
session::pushed session::push(const Message& m, const outgoing* value) {
  if (worker::current() == &home_ && fifo_.empty()) {
    if (state_ != state::open) return pushed::closed;
    byte_buffer& out = out_.tail();
    std::size_t const before = out.size();
    if (auto const result = encode(out, m, value); result != pushed::sent) return result;
    out_.appended(out.size() - before);
    flush_later();
    return accepted(out.size() - before);
  }
  auto q = std::make_unique<queued>();
  if (auto const result = encode(q->frame, m, value); result != pushed::sent) return result;
  std::size_t const n = q->frame.size();
  switch (fifo_.push(*q)) {
    case closable_inbox<queued>::pushed::refused:
      return pushed::closed;
    case closable_inbox<queued>::pushed::first:
      detail::run_on(home_, [self = shared_from_this()] { self->drain(); });
      break;
    case closable_inbox<queued>::pushed::queued:
      break;
  }
  q.release();
  return accepted(n);
}

inline session::pushed session::accepted(std::size_t n) {
  std::size_t const waiting = waiting_bytes_.fetch_add(n, std::memory_order_relaxed) + n;
  return waiting > limits_.outbox_high ? pushed::congested : pushed::sent;
}

inline void session::drain() {
  for (queued* q = fifo_.take(); q;) {
    std::unique_ptr<queued> const now{std::exchange(q, q->next)};
    if (state_ != state::open) continue;
    out_.tail().append(now->frame.span());
    out_.appended(now->frame.size());
  }
  flush_later();
}

inline void session::flush_later() {
  if (writing_ || state_ == state::closed) return;
  flush_.of = shared_from_this();
  home_.at_turn_end(flush_);
}

inline void session::flush() {
  if (state_ == state::closed || writing_) return;
  auto const self = shared_from_this();
  std::error_code ec;
  out_.flush(*stream_, ec);
  if (ec) return end(error{errc::no_connection, "writing: " + ec.message()});
  waiting_bytes_.store(out_.size(), std::memory_order_relaxed);
  if (out_.size() > limits_.outbox)
    return end(error{errc::overloaded, "more waits to be written than outbox allows"});
  if (!out_.empty()) {
    writing_ = true;
    stream_->await_writable();
  }
  if (out_.size() <= limits_.outbox_low) tell_clear();
}

inline void session::on_writable(std::error_code ec) {
  writing_ = false;
  if (ec) return end(error{errc::no_connection, "writing: " + ec.message()});
  drain();
}

inline void session::when_clear(std::function<void()> f) {
  detail::run_soon_on(home_, [self = shared_from_this(), f = std::move(f)] {
    if (self->state_ == state::closed || self->out_.size() <= self->limits_.outbox_low) return f();
    self->when_clear_.push_back(f);
  });
}
inline void session::tell_clear() {
  for (auto const& f : std::exchange(when_clear_, {})) f();
}

// ---- what comes in

inline void session::read_more() {
  stream_->read({received_.get() + end_, receive_size - end_});
}

inline void session::on_read(std::error_code ec, std::size_t n) {
  auto const self = shared_from_this();
  if (state_ == state::leaving && (ec || n == 0)) return end(error{errc::shutdown, "this node said goodbye"});
  if (ec) return end(error{errc::no_connection, "reading: " + ec.message()});
  if (n == 0) return end(error{errc::no_connection, "the peer closed the connection"});
  end_ += n;
  heard_ = true;
  try {
    if (!take_frames()) return;
  } catch (const std::exception& e) {
    return end(error{errc::overloaded, e.what()});
  }
  // What is left over goes to the front; of a new buffer, if somebody keeps a slice of this one.
  std::size_t const left = end_ - begin_;
  if (received_.use_count() > 1) {
    auto fresh = std::make_shared_for_overwrite<std::byte[]>(receive_size);
    std::memcpy(fresh.get(), received_.get() + begin_, left);
    received_ = std::move(fresh);
  } else if (begin_ != 0) {
    std::memmove(received_.get(), received_.get() + begin_, left);
  }
  begin_ = 0;
  end_ = left;
  read_more();
}

/// False when the session has ended.
inline bool session::take_frames() {
  wire::frame_reader frames{{received_.get() + begin_, end_ - begin_}, largest_frame_};
  wire::frame f;
  bool going = true;
  while (going && frames.next(f)) {
    going = take(f);
    frames.set_largest(largest_frame_);
  }
  begin_ += frames.consumed();
  if (going && frames.failed()) end(frames.why());
  return state_ != state::closed;
}

inline bytes session::keep(std::span<const std::byte> view) const {
  if (view.size() < worth_sharing) return bytes::copy_of(view);
  return {received_, view};
}

inline bool session::take(const wire::frame& f) {
  if (state_ == state::beginning) return take_handshake(f);
  if (state_ == state::leaving && f.tag != wire::tag::goodbye) return true;
  switch (f.tag) {
    case wire::tag::send:
      return take_signal<wire::send>(f);
    case wire::tag::send_to_name:
      return take_signal<wire::send_to_name>(f);
    case wire::tag::reply:
      return take_signal<wire::reply>(f);
    case wire::tag::spawn:
      return take_signal<wire::spawn>(f);
    case wire::tag::spawn_reply:
      return take_signal<wire::spawn_reply>(f);
    case wire::tag::abandon:
      return take_signal<wire::abandon>(f);
    case wire::tag::monitor:
      return take_signal<wire::monitor>(f);
    case wire::tag::demonitor:
      return take_signal<wire::demonitor>(f);
    case wire::tag::down:
      return take_signal<wire::down>(f);
    case wire::tag::exit:
      return take_signal<wire::exit>(f);
    case wire::tag::peers:
      return take_signal<wire::peers>(f);
    case wire::tag::ping: {
      auto const m = wire::get<wire::ping>(f.body);
      if (!m) return end(m.error()), false;
      wire::put(out_.urgent(), wire::pong{m->number});
      flush_later();
      return true;
    }
    case wire::tag::pong:
      listener_.on_pong(*this);
      return state_ != state::closed;
    case wire::tag::goodbye:
      end(error{errc::shutdown, "the peer said goodbye"});
      return false;
    case wire::tag::refuse:
      handshake_->on_frame(f);
      end(handshake_->why());
      return false;
    case wire::tag::open:
    case wire::tag::hello:
    case wire::tag::proof:
    case wire::tag::link:
    case wire::tag::unlink:
    case wire::tag::unlink_ack:
    case wire::tag::group:
    case wire::tag::fragment:
    case wire::tag::credit:
      break;
  }
  auto const number = static_cast<unsigned>(f.tag);
  if (number >= 0x80 && number < 0xC0) return true;  // a later version's, which may be skipped
  end(error{errc::protocol_violation, "a frame of the unknown tag " + std::to_string(number)});
  return false;
}

template <class Message>
bool session::take_signal(const wire::frame& f) {
  auto const m = wire::get<Message>(f.body);
  if (!m) return end(m.error()), false;
  if (!listener_.on_signal(*this, *m) && state_ != state::closed)
    end(error{errc::protocol_violation,
              std::string{to_string(Message::is)}.append(": beyond what is allowed")});
  return state_ != state::closed;
}

// ---- how it begins and ends

inline bool session::take_handshake(const wire::frame& f) {
  auto const now = handshake_->on_frame(f);
  flush_later();
  if (now == wire::handshake::state::failed) {
    flush();  // what is to be said before the close
    if (state_ != state::closed) end(handshake_->why());
    return false;
  }
  if (now == wire::handshake::state::proved && !std::exchange(proved_, true)) {
    largest_frame_ = handshake_->largest_frame();
    listener_.on_proved(*this);
  } else if (now == wire::handshake::state::open) {
    open();
  }
  return state_ != state::closed;
}

/// Says OPEN, if this end is the one that does.
inline void session::open() {
  if (state_ != state::beginning) return;
  if (handshake_->now() == wire::handshake::state::proved) handshake_->open();
  state_ = state::open;
  largest_frame_ = handshake_->largest_frame();
  alarm_.cancel();
  beat();
  flush_later();
  listener_.on_open(*this);
}

inline void session::refuse(errc why) {
  if (state_ == state::closed) return;
  handshake_->refuse(why);
  flush();
  if (state_ != state::closed) end(error{why, "this node refused the connection"});
}

inline void session::probe() {
  wire::put(out_.urgent(), wire::ping{++pings_});
  flush_later();
}

inline void session::close(const error& why) {
  auto const self = shared_from_this();
  end(why);
}

inline void session::goodbye() {
  if (state_ != state::open) return close(error{errc::shutdown, "this node is shutting down"});
  drain();
  byte_buffer& out = out_.tail();
  std::size_t const before = out.size();
  wire::put(out, wire::goodbye{});
  out_.appended(out.size() - before);
  state_ = state::leaving;
  // The peer closes when it has read that. Closing first could take from it what it has not read yet.
  alarm_.set(home_.owner().clock().now() + limits_.leaving, [this] {
    end(error{errc::shutdown, "this node said goodbye, and the peer did not close"});
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
  probe();
  alarm_.set(now + limits_.heartbeat, [this] { beat(); });
}

inline void session::end(const error& why) {
  if (std::exchange(state_, state::closed) == state::closed) return;
  auto const self = shared_from_this();
  alarm_.cancel();
  stream_->close();
  for (queued* q = fifo_.close(); q;) delete std::exchange(q, q->next);
  tell_clear();
  listener_.on_closed(*this, why);
}

}  // namespace snow

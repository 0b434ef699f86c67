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
      received_{std::make_shared_for_overwrite<std::byte[]>(receive_size)} {
  returns_ = std::make_shared<returns>(*this);
  handshake_.emplace(p.hello, dialled_, stream_->binding(), p.prover, out_.urgent());
  largest_frame_ = handshake_->largest_frame();
  flush_.run = [](turn_end& t) {
    auto const self = std::exchange(static_cast<flushing&>(t).of, nullptr);
    self->flush();
    // An answer leaves before this end looks for the next question.
    if (std::exchange(self->reads_later_, false) && self->state_ != state::closed)
      self->stream_->read({self->received_.get() + self->end_, receive_size - self->end_});
  };
}

inline session::~session() {
  for (queued* q = fifo_.close(); q;) delete std::exchange(q, q->next);
}

// ---- what goes out

/// Takes back what left mailboxes, from any worker, in batches.
class session::returns final : public window_keeper, public std::enable_shared_from_this<returns> {
 public:
  returns(session& s) : home_{s.home_}, session_{&s} {}

  void give_back(const pid& target, std::size_t charge) noexcept override {
    give(wire::process::of(target), charge);
  }
  void give(const wire::process& target, std::size_t charge) noexcept {
    if (worker::current() == &home_) {
      if (session_) session_->given_back(target, charge);
      return;
    }
    std::lock_guard const lock{mutex_};
    if (given_.empty()) detail::run_on(home_, [self = shared_from_this()] { self->pass_on(); });
    given_.emplace_back(target, charge);
  }
  /// On the session's worker: it has ended.
  void forget() noexcept { session_ = nullptr; }

 private:
  void pass_on() {
    std::vector<std::pair<wire::process, std::size_t>> all;
    {
      std::lock_guard const lock{mutex_};
      all.swap(given_);
    }
    if (session_)
      for (auto const& [target, charge] : all) session_->given_back(target, charge);
  }

  worker& home_;
  session* session_;  // of the worker alone
  std::mutex mutex_;
  std::vector<std::pair<wire::process, std::size_t>> given_;
};

inline std::shared_ptr<window_keeper> session::keeper() const {
  return returns_;
}
inline std::shared_ptr<window_keeper> session::keeper_of(std::string_view name) const {
  struct by_name final : window_keeper {
    by_name(std::shared_ptr<returns> to, wire::process of) : to_{std::move(to)}, of_{of} {}
    void give_back(const pid&, std::size_t charge) noexcept override { to_->give(of_, charge); }
    std::shared_ptr<returns> to_;
    wire::process of_;
  };
  return std::make_shared<by_name>(returns_, wire::process_of_name(name));
}

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
  std::size_t const at = wire::begin(out, m);
  if (value) {
    writer w{out, names_};
    if (value->encode) value->encode(w, value->value);
    if (!value->encode || w.failed()) return out.truncate(at), pushed::unfit;
  }
  if (wire::end_frame(out, at) > peer().message) return out.truncate(at), pushed::too_large;
  return pushed::sent;
}

template <class Message>
session::pushed session::push(const wire::process& from, const Message& m, const outgoing* value) {
  if (overflowed_.load(std::memory_order_relaxed)) return pushed::closed;
  needs const n = needs_of(from, m);
  if (worker::current() == &home_ && fifo_.empty()) {
    if (state_ != state::open) return pushed::closed;
    if (departures_->may_leave(n)) {
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
        departures_->left(n, wire::charge_of(size));
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
  pushed const result = accepted(size, false);  // before its worker can see it, and take it off again
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
  return result;
}

/// The limit is looked at here, since a sender that never awaits anything lets nobody flush; one message may
/// go beyond it.
inline session::pushed session::accepted(std::size_t n, bool waits) {
  std::size_t const before = waiting_bytes_.fetch_add(n, std::memory_order_relaxed);
  if (before > limits_.outbox && !overflowed_.exchange(true, std::memory_order_relaxed))
    detail::run_on(home_, [self = shared_from_this()] {
      self->end(error{errc::overloaded, "more waits to be written than the limit of the outbox"});
    });
  if (before + n > limits_.outbox_high) return pushed::congested;
  return waits ? pushed::waits : pushed::sent;
}

/// False: it waits for a window, or behind its sender's.
inline bool session::place(const needs& n, byte_buffer&& frame) {
  if (!departures_->may_leave(n)) {
    held_bytes_ += frame.size();
    departures_->hold(n, std::move(frame));
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
    splitter_->add(n.from, tag, {memory, {memory.get() + wire::frame_header, size - wire::frame_header}});
  } else {
    out_.tail().append(frame.span());
    out_.appended(size);
  }
  departures_->left(n, wire::charge_of(size), in_parts);
}

inline void session::release_held() {
  while (auto h = departures_->next()) {
    held_bytes_ -= h->signal.size();
    leave(h->needs, std::move(h->signal));
    look_for_clear(h->needs.from);
  }
  flush_later();
}

/// Parts of long signals, as many as keep the stream busy.
inline void session::put_parts() {
  while (!splitter_->empty() && out_.size() < busy) {
    byte_buffer& out = out_.tail();
    std::size_t const before = out.size();
    auto const done = splitter_->next(out);
    out_.appended(out.size() - before);
    if (done) {
      departures_->parts_left(*done);
      release_held();
      look_for_clear(*done);
    }
  }
}

inline void session::given_back(const wire::process& target, std::uint64_t charge) {
  if (state_ != state::open) return;
  arrived_->left(target, charge, home_.turn_time());
  if (arrived_->is_due()) flush_later();
}

inline void session::put_credit(bool all) {
  if (!arrived_ || !(all || arrived_->is_due())) return;
  wire::credit c;
  while (arrived_->take(c)) wire::put(out_.urgent(), c);
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
  if (state_ == state::open) put_credit(false);
  std::error_code ec;
  for (int rounds = 0;; ++rounds) {
    if (splitter_) put_parts();
    out_.flush(*stream_, ec);
    sent_bytes_.store(out_.written(), std::memory_order_relaxed);
    if (ec) return end(error{errc::no_connection, "writing: " + ec.message()});
    if (!out_.empty() || !splitter_ || splitter_->empty()) break;
    if (rounds == rounds_in_a_turn) {  // others have a turn first
      flush_later();
      break;
    }
  }
  if (departures_) window_used_.store(departures_->windows().used(), std::memory_order_relaxed);
  std::size_t const left = out_.size() + held_bytes_ + (splitter_ ? splitter_->bytes_left() : 0);
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
    bool const waits = self->state_ != state::closed && self->departures_ && self->departures_->waits(sender);
    if (!waits) return self->await_clear(std::move(f));
    if (auto const older = std::exchange(self->when_sent_[sender], std::move(f))) older();
  });
}
inline void session::await_clear(std::function<void()> f) {
  if (state_ == state::closed || placed_ <= limits_.outbox_low) return f();
  when_clear_.push_back(std::move(f));
}
inline void session::look_for_clear(const wire::process& sender) {
  if (when_sent_.empty() || departures_->waits(sender)) return;
  if (auto sent = when_sent_.extract(sender)) await_clear(std::move(sent.mapped()));
}
inline void session::tell_clear() {
  for (auto const& f : std::exchange(when_clear_, {})) f();
}

// ---- what comes in

inline void session::read_later() {
  reads_later_ = true;
  at_turn_end();
}

inline void session::on_read(std::error_code ec, std::size_t n) {
  auto const self = shared_from_this();
  if (state_ == state::leaving && (ec || n == 0)) return end(error{errc::shutdown, "this node said goodbye"});
  if (ec) return end(error{errc::no_connection, "reading: " + ec.message()});
  if (n == 0) return end(error{errc::no_connection, "the peer closed the connection"});
  end_ += n;
  received_bytes_.fetch_add(n, std::memory_order_relaxed);
  heard_ = true;
  go_on();
}

/// Takes the frames that are there, and reads on.
inline void session::go_on() {
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
  paused_ = is_paused();
  if (!paused_) read_later();
}

/// False when the session has ended.
inline bool session::take_frames() {
  wire::frame_reader frames{{received_.get() + begin_, end_ - begin_}, largest_frame_};
  wire::frame f;
  bool going = true;
  while (going && !is_paused() && frames.next(f)) {
    going = take(f);
    frames.set_largest(largest_frame_);
  }
  begin_ += frames.consumed();
  if (going && frames.failed()) end(frames.why());
  return state_ != state::closed;
}

inline bytes session::keep(std::span<const std::byte> view) const {
  if (view.size() < worth_sharing) return bytes::copy_of(view);
  if (assembled_)
    return assembled_->slice(static_cast<std::size_t>(view.data() - assembled_->data()), view.size());
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
    case wire::tag::pong: {
      auto const m = wire::get<wire::pong>(f.body);
      if (!m) return end(m.error()), false;
      if (m->number == pings_)
        round_trip_.store((home_.owner().clock().now() - pinged_at_).count(), std::memory_order_relaxed);
      listener_.on_pong(*this);
      return state_ != state::closed;
    }
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
      break;
    case wire::tag::fragment:
      return take_fragment(f);
    case wire::tag::credit:
      return take_credit(f);
  }
  auto const number = static_cast<unsigned>(f.tag);
  if (number >= 0x80 && number < 0xC0) return true;  // a later version's, which may be skipped
  end(error{errc::protocol_violation, "a frame of the unknown tag " + std::to_string(number)});
  return false;
}

template <class Message>
bool session::take_signal(const wire::frame& f) {
  if (wire::may_be_fragmented(Message::is) && f.body.size() > limits_.message)
    return end(error{errc::protocol_violation,
                     std::string{to_string(Message::is)}.append(": longer than a message may be")}),
           false;
  auto const m = wire::get<Message>(f.body);
  if (!m) return end(m.error()), false;
  charge_ = wire::charge_of(f.body.size() + wire::frame_header);
  if (auto const n = needs_of({}, *m); n.target && !arrived_->arrived(*n.target, charge_, home_.turn_time()))
    return end(error{errc::protocol_violation, "SEND: without a window"}), false;
  if (!listener_.on_signal(*this, *m) && state_ != state::closed)
    end(error{errc::protocol_violation,
              std::string{to_string(Message::is)}.append(": beyond what is allowed")});
  return state_ != state::closed;
}

inline bool session::take_fragment(const wire::frame& f) {
  wire::assembler::whole w;
  if (!assembler_->take(f.body, w)) {
    if (assembler_->failed()) return end(assembler_->why()), false;
    return true;
  }
  assembled_ = &w.body;
  bool const going = take({w.tag, w.body.span()});
  assembled_ = nullptr;
  return going;
}

inline bool session::take_credit(const wire::frame& f) {
  auto const c = wire::get<wire::credit>(f.body);
  if (!c) return end(c.error()), false;
  if (!departures_->credited(*c)) {
    end(error{errc::protocol_violation, "CREDIT: for more than was sent"});
    return false;
  }
  release_held();
  return true;
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
  departures_.emplace(peer().session_window, peer().mailbox_window, seed_);
  splitter_.emplace(largest_frame_, peer().session_window);
  arrived_.emplace(limits_.session_window, limits_.mailbox_window, seed_);
  assembler_.emplace(limits_.session_window, limits_.message);
  alarm_.cancel();
  beat();
  look_for_stalled();
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
  wire::put(out_.urgent(), wire::ping{++pings_});
  pinged_at_ = home_.owner().clock().now();
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
  put_credit(true);
  probe();
  alarm_.set(now + limits_.heartbeat, [this] { beat(); });
}

inline void session::look_for_stalled() {
  time_point const now = home_.owner().clock().now();
  for (auto const& who : arrived_->stalled(now, limits_.stall)) {
    warned_of_.erase(who);
    listener_.on_stalled(*this, who, true);
  }
  std::set<wire::process> slow;
  for (auto const& who : arrived_->stalled(now, limits_.stall / 2)) {
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
  returns_->forget();
  stream_->close();
  for (queued* q = fifo_.close(); q;) delete std::exchange(q, q->next);
  listener_.on_closed(*this, why);
  tell_clear();
  for (auto const& [sender, f] : std::exchange(when_sent_, {})) f();
}

}  // namespace snow

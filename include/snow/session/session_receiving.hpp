#pragma once

#include "snow/session/session.hpp"

// What a session receives: bytes, frames, signals; and what has left the mailboxes again.

namespace snow {

inline void session::read_later() {
  reads_later_ = true;
  at_turn_end();
}

/// Who is not let in yet gets room for one frame of the handshake (S-39).
inline void session::read_now() {
  std::size_t const frame = wire::frame_header + largest_frame_;
  if (traffic_) {
    received_.tidy(least_received, std::max(most_received, frame));
  } else {
    received_.tidy(frame, frame);
  }
  stream_->read(received_.room());
}

inline void session::on_read(std::error_code ec, std::size_t n) {
  auto const self = shared_from_this();
  if (state_ == state::leaving && (ec || n == 0)) return end(error{errc::shutdown, "this node said goodbye"});
  if (ec) return end(error{errc::no_connection, "reading: " + ec.message()});
  if (n == 0) return end(error{errc::no_connection, "the peer closed the connection"});
  received_.arrived(n);
  received_bytes_.fetch_add(n, std::memory_order_relaxed);
  heard_ = true;
  if (probe_ != 0) listener_.on_heard(*this);
  go_on();
}

/// Takes the frames that are there, and reads on.
inline void session::go_on() {
  try {
    if (!take_frames()) return;
  } catch (const std::exception& e) {
    return end(error{errc::overloaded, e.what()});
  } catch (...) {
    return end(error{errc::overloaded, "an exception that is no std::exception"});
  }
  paused_ = is_paused();
  if (!paused_) read_later();
}

/// False when the session has ended.
inline bool session::take_frames() {
  wire::frame_reader frames{received_.unread(), largest_frame_};
  wire::frame f;
  bool going = true;
  while (going && !is_paused() && frames.next(f)) {
    going = take(f);
    frames.set_largest(largest_frame_);
  }
  received_.taken(frames.consumed());
  if (going && frames.failed()) end(frames.why());
  return state_ != state::closed;
}

inline bytes session::keep(std::span<const std::byte> view) const {
  if (!assembled_ || view.empty()) return bytes::copy_of(view);
  return assembled_->slice(static_cast<std::size_t>(view.data() - assembled_->data()), view.size());
}

inline bool session::take(const wire::frame& f) {
  if (state_ == state::beginning) return take_handshake(f);
  // Of who leaves only what waits for windows is still of interest.
  if (state_ == state::leaving && f.tag != wire::tag::goodbye && f.tag != wire::tag::credit) return true;
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
    case wire::tag::link:
      return take_signal<wire::link>(f);
    case wire::tag::unlink:
      return take_signal<wire::unlink>(f);
    case wire::tag::unlink_ack:
      return take_signal<wire::unlink_ack>(f);
    case wire::tag::peers:
      return take_signal<wire::peers>(f);
    case wire::tag::ping: {
      auto const m = wire::get<wire::ping>(f.body);
      if (!m) return end(m.error()), false;
      pong_due_ = m->number;
      flush_later();
      return true;
    }
    case wire::tag::pong: {
      auto const m = wire::get<wire::pong>(f.body);
      if (!m) return end(m.error()), false;
      if (m->number == pings_)
        round_trip_.store((home_.owner().clock().now() - pinged_at_).count(), std::memory_order_relaxed);
      // One of before the probe says nothing of now.
      if (probe_ == 0 || m->number < probe_ || m->number > pings_) return true;
      probe_ = 0;
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
  if (auto const n = needs_of({}, *m); n.target) {
    if (!traffic_->arrived.arrived(*n.target, charge_, home_.turn_time()))
      return end(error{errc::protocol_violation, "SEND: without a window"}), false;
    if (!looks_for_stalled_) look_for_stalled();
  }
  if (!listener_.on_signal(*this, *m) && state_ != state::closed)
    end(error{errc::protocol_violation,
              std::string{to_string(Message::is)}.append(": beyond what is allowed")});
  return state_ != state::closed;
}

inline bool session::take_fragment(const wire::frame& f) {
  wire::assembler::whole w;
  if (!traffic_->assembler.take(f.body, w)) {
    if (traffic_->assembler.failed()) return end(traffic_->assembler.why()), false;
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
  if (!traffic_->departures.credited(*c)) {
    end(error{errc::protocol_violation, "CREDIT: for more than was sent"});
    return false;
  }
  release_held();
  return true;
}

}  // namespace snow

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "snow/base/bytes.hpp"
#include "snow/base/error.hpp"
#include "snow/process/message.hpp"
#include "snow/process/router.hpp"
#include "snow/runtime/inbox.hpp"
#include "snow/runtime/run_on.hpp"
#include "snow/runtime/scheduler.hpp"
#include "snow/session/alarm.hpp"
#include "snow/session/outbox.hpp"
#include "snow/session/receive_buffer.hpp"
#include "snow/session/stream.hpp"
#include "snow/session/window_returns.hpp"
#include "snow/wire.hpp"

namespace snow {

class session;

/// What a session tells the floor above. Always on the session's worker, in the order in which it happened.
/// Nothing may be thrown.
class session_listener {
 public:
  virtual ~session_listener() = default;
  /// Both proofs are good: `open` it if `opens()`, `refuse` it, or wait for the peer.
  virtual void on_proved(session& s) = 0;
  /// The peer's OPEN was read: nothing more is, until `open` or `refuse`.
  virtual void on_opened(session& s) = 0;
  /// Signals flow now.
  virtual void on_open(session& s) = 0;
  /// Bytes came while `probe` waits for its answer.
  virtual void on_heard(session& s) = 0;
  /// The answer to `probe`.
  virtual void on_pong(session& s) = 0;
  /// The end, once, and the last call. `shutdown` after the peer's GOODBYE.
  virtual void on_closed(session& s, const error& why) = 0;

  // ---- signals; the views live for the call. False: the peer broke a rule or a limit, and the session ends.
  virtual bool on_signal(session& s, const wire::send& m) = 0;
  virtual bool on_signal(session& s, const wire::send_to_name& m) = 0;
  virtual bool on_signal(session& s, const wire::reply& m) = 0;
  virtual bool on_signal(session& s, const wire::spawn& m) = 0;
  virtual bool on_signal(session& s, const wire::spawn_reply& m) = 0;
  virtual bool on_signal(session& s, const wire::abandon& m) = 0;
  virtual bool on_signal(session& s, const wire::monitor& m) = 0;
  virtual bool on_signal(session& s, const wire::demonitor& m) = 0;
  virtual bool on_signal(session& s, const wire::down& m) = 0;
  virtual bool on_signal(session& s, const wire::exit& m) = 0;
  virtual bool on_signal(session& s, const wire::link& m) = 0;
  virtual bool on_signal(session& s, const wire::unlink& m) = 0;
  virtual bool on_signal(session& s, const wire::unlink_ack& m) = 0;
  virtual bool on_signal(session& s, const wire::peers& m) = 0;

  /// That process of ours takes nothing although the peer waits for it. `for_good`: it has had its time, and
  /// is to be ended with `overloaded` (S-61); before that, once, when half of it is over.
  virtual void on_stalled(session& s, const wire::process& who, bool for_good) = 0;
};

/// One live connection to another node, from its first byte to its last. It stays on one worker.
class session final : public std::enable_shared_from_this<session>, private stream::events {
 public:
  enum class pushed : std::uint8_t {
    sent,
    waits,      ///< sent, but it waits for its target's window, or behind such a one
    congested,  ///< sent, but it waits behind more than `outbox_high`
    closed,     ///< dropped: the session has ended, or has not begun
    too_large,  ///< dropped: the peer takes no message of that size
    unfit,      ///< dropped: the value does not encode
  };

  struct parts {
    worker& home;
    std::unique_ptr<snow::stream> stream;
    session_listener& listener;
    wire::prover& prover;
    node_names* names = nullptr;
    snow::limits limits;
    std::uint64_t seed = 0;  ///< of tables whose keys the peer chooses
    wire::hello hello;  ///< with the name dialled, where this end dialled; what its views see must live until
                        ///< `start` returns
  };

  /// Begins the handshake. On `home`.
  static std::shared_ptr<session> start(parts p);
  ~session();

  // ---- any thread
  /// One signal: its frame's fields, and the value that is its body, if it has one. The signals of one sender
  /// leave in the order of their pushes (S-1).
  template <class Message>
  pushed push(const wire::process& from, const Message& m, const outgoing* value = nullptr);
  /// Calls `f` once, on the session's worker: when less than `outbox_low` waits to be written and, if a
  /// sender is named, nothing of that one's waits for a window or leaves in parts; or at the end of the
  /// session.
  void when_clear(const wire::process& sender, std::function<void()> f);
  worker& home() const noexcept { return home_; }
  /// As they were at the end of one of its last turns.
  struct figures {
    std::uint64_t received = 0;     ///< bytes
    std::uint64_t sent = 0;         ///< bytes
    std::uint64_t waiting = 0;      ///< bytes that were pushed and are not sent
    std::uint64_t window_used = 0;  ///< bytes of messages that the peer's actors have not taken
    duration round_trip{};          ///< of the last PING; 0 before
  };
  figures seen() const noexcept;

  // ---- the session's worker
  bool dialled() const noexcept { return dialled_; }
  bool opens() const noexcept { return handshake_->opens(); }
  /// From `on_proved` on.
  const wire::agreement& peer() const noexcept { return handshake_->agreed(); }
  const std::string& peer_address() const noexcept { return peer_address_; }
  bool is_open() const noexcept { return state_ == state::open; }
  void open();
  void refuse(errc why);
  /// Asks for a sign of life.
  void probe();
  /// Ends it at once; `on_closed` has been called on return.
  void close(const error& why);
  /// Writes what waits, as far as the peer takes it within half of `limits::leaving`, then GOODBYE, then
  /// ends.
  void goodbye();
  /// A view that a signal came with, to be kept: a copy, so that what is held for a peer is what it sent and
  /// no more (S-36); of a signal that came in parts a slice, since all its memory is its own.
  bytes keep(std::span<const std::byte> view) const;
  /// What the message that `on_signal` is told of takes from the windows, until it has left its mailbox.
  window_room room_of(const wire::process& target) noexcept {
    return returns_->lend(target.at(this_node), charge_);
  }

 private:
  enum class state : std::uint8_t { beginning, open, leaving, closed };
  using needs = wire::departures<byte_buffer>::needs;
  struct queued {
    queued* next = nullptr;
    session::needs needs;
    byte_buffer frame;
  };
  struct traffic;  // what only an open session needs
  struct flushing : turn_end {
    std::shared_ptr<session> of;  // lives until the turn has ended
  };

  explicit session(parts&& p);

  void on_read(std::error_code ec, std::size_t n) override;
  void on_writable(std::error_code ec) override;

  void read_later();
  void read_now();
  void go_on();
  bool is_paused() const noexcept {
    return state_ == state::beginning && handshake_->now() == wire::handshake::state::open;
  }
  bool is_running() const noexcept { return state_ == state::open || state_ == state::leaving; }
  bool take_frames();
  bool take(const wire::frame& f);
  bool take_handshake(const wire::frame& f);
  template <class Message>
  bool take_signal(const wire::frame& f);

  bool take_fragment(const wire::frame& f);
  bool take_credit(const wire::frame& f);

  template <class Message>
  static needs needs_of(const wire::process& from, const Message& m);
  template <class Message>
  pushed encode(byte_buffer& out, const Message& m, const outgoing* value) const;
  pushed accepted(std::size_t n, bool waits);
  bool place(const needs& n, byte_buffer&& frame);
  void leave(const needs& n, byte_buffer&& frame);
  void release_held();
  void put_urgent();
  void put_parts();
  void put_goodbye();
  void given_back(const wire::process& target, std::uint64_t charge);
  void drain();
  void at_turn_end();
  void flush_later();
  void flush();
  void tell_clear();
  void await_clear(std::function<void()> f);
  void look_for_clear(const wire::process& sender);
  void beat();
  void ping_later();
  void look_for_stalled();
  void end(const error& why);

  static constexpr std::size_t least_received = std::size_t{4} << 10;  // in one read
  static constexpr std::size_t most_received = std::size_t{256} << 10;

  worker& home_;
  std::unique_ptr<snow::stream> stream_;
  session_listener& listener_;
  node_names* const names_;
  snow::limits const limits_;
  std::string const peer_address_;
  bool const dialled_;
  std::uint64_t const seed_;
  outbox out_;
  std::optional<wire::handshake> handshake_;
  std::uint32_t largest_frame_ = 0;
  state state_ = state::beginning;
  bool proved_ = false;
  bool paused_ = false;  ///< bytes may lie in the buffer, and nothing is read

  receive_buffer received_{wire::frame_header + wire::longest_handshake};
  bool reads_later_ = false;
  std::size_t charge_ = 0;
  const bytes* assembled_ = nullptr;  // what `keep` slices while a signal that came in parts is taken
  window_returns::owner returns_;

  bool writing_ = false;  // waits for the stream to be writable
  flushing flush_;
  closable_inbox<queued> fifo_;
  std::atomic<std::size_t> waiting_bytes_ = 0;  // pushed and not written
  std::atomic<bool> overflowed_ = false;        // more than the limit of the outbox: about to end
  std::size_t placed_ = 0;                      // of these, what the worker has seen
  std::size_t held_bytes_ = 0;
  std::atomic<bool> holds_ = false;  // signals that wait for a window, or behind such a one
  std::unique_ptr<traffic> traffic_;
  std::vector<std::function<void()>> when_clear_;
  std::map<wire::process, std::function<void()>> when_sent_;  // by sender, as long as something of its waits

  alarm alarm_;
  alarm stall_alarm_;
  bool looks_for_stalled_ = false;
  std::set<wire::process> warned_of_;
  unsigned silent_periods_ = 0;
  bool heard_ = true;
  bool judging_ = false;
  std::uint64_t pings_ = 0;  // sent
  std::uint64_t probe_ = 0;  // the PING that is a probe and was not answered, or 0
  time_point pinged_at_{};
  bool ping_due_ = false;
  bool all_credit_due_ = false;
  bool said_goodbye_ = false;
  std::optional<std::uint64_t> pong_due_;  // one answers all PINGs that came before it

  std::atomic<std::uint64_t> received_bytes_ = 0;
  std::atomic<std::uint64_t> sent_bytes_ = 0;
  std::atomic<std::uint64_t> window_used_ = 0;
  std::atomic<duration::rep> round_trip_ = 0;
};

/// Which signals leave and which came, once signals flow.
struct session::traffic {
  traffic(const wire::agreement& peer, const snow::limits& own, std::uint64_t seed)
      : departures{peer.session_window, peer.mailbox_window, seed},
        splitter{peer.frame, peer.session_window},
        arrived{own.session_window, own.mailbox_window, seed},
        assembler{own.session_window, own.message} {}

  wire::departures<byte_buffer> departures;
  wire::splitter splitter;
  wire::receive_windows arrived;
  wire::assembler assembler;
};

}  // namespace snow

#include "snow/session/session_life.hpp"
#include "snow/session/session_receiving.hpp"
#include "snow/session/session_sending.hpp"

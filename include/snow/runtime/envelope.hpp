#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "snow/registry/this_module.hpp"
#include "snow/runtime/pool.hpp"

namespace snow {

/// What travels through a mailbox. Signals and messages share one order (S-1), so they share one queue.
enum class signal_kind : std::uint8_t {
  message,     ///< for `receive`
  reply,       ///< ends the request whose number it carries
  exit,        ///< an exit signal
  monitor,     ///< somebody starts to watch this actor
  demonitor,   ///< and stops
  down,        ///< somebody that this actor watches has ended
  link,        ///< somebody links to this actor,
  unlink,      ///< does no longer,
  unlink_ack,  ///< or has heard that this actor does no longer
  room,        ///< somebody whom a full mailbox holds asks to be told when it has room
  inspect,     ///< somebody asks what it has, and is told whatever it waits for
  completion,  ///< ends the operation whose number it carries: a timer, a blocking call, an I/O operation
};

struct envelope;

/// One for each type of payload, static: what the runtime must know of a value that it cannot see.
struct payload_type {
  void (*destroy)(envelope&) noexcept;                 ///< the payload's destructor, null for a trivial one
  detail::module_guard* plugin = detail::this_plugin;  ///< stays mapped until the payload is disposed of
  bool is_plain() const noexcept { return !destroy && !plugin; }
};

/// The head of every signal: 32 bytes, then the payload in the same block of a pool.
struct envelope {
  envelope* next = nullptr;
  std::uint64_t generation = 0;  ///< of the actor that it is for: a slot's later actor throws it away (S-6)
  const payload_type* type = nullptr;
  std::uint32_t block = 0;  ///< bytes to give back
  signal_kind kind = signal_kind::message;
  bool asked = false;    ///< a message that somebody waits for an answer to: a `request`
  bool charged = false;  ///< takes up room of a bounded mailbox
};

static_assert(sizeof(envelope) == 32);

/// A reply or completion: ends the operation of that number.
struct numbered : envelope {
  std::uint64_t number = 0;
};

template <class T>
struct letter;

template <class T>
inline constexpr payload_type payload_type_of{
    std::is_trivially_destructible_v<T> ? nullptr : +[](envelope& e) noexcept {
      std::destroy_at(std::addressof(static_cast<letter<T>&>(e).value));
    }};

/// A signal with its payload.
template <class T>
struct letter : envelope {
  T value;
  template <class... Args>
  explicit letter(Args&&... args) : value(std::forward<Args>(args)...) {}
};

/// Makes an `Envelope` (a `letter<T>` or what derives from `envelope`) in memory of `from`.
template <class Envelope, class... Args>
Envelope* make_envelope(pool& from, signal_kind kind, const payload_type& type, Args&&... args) {
  static_assert(alignof(Envelope) <= 16,
                "snow: a message may be aligned to 16 bytes at most: hold what needs more by a pointer");
  if (type.plugin) type.plugin->hold();
  void* const block = from.allocate(sizeof(Envelope));
  Envelope* e;
  try {
    e = new (block) Envelope(std::forward<Args>(args)...);
  } catch (...) {
    pool::deallocate(block, sizeof(Envelope));
    if (type.plugin) type.plugin->let_go();
    throw;
  }
  e->type = &type;
  e->block = sizeof(Envelope);
  e->kind = kind;
  return e;
}

namespace detail {

[[gnu::noinline]] inline void dispose_payload(envelope* e) noexcept {
  module_guard* const plugin = e->type->plugin;
  if (auto const destroy = e->type->destroy) destroy(*e);
  pool::deallocate(e, e->block);
  if (plugin) plugin->let_go();
}

}  // namespace detail

/// Ends the payload and frees the block. Any thread.
inline void dispose(envelope* e) noexcept {
  if (e->type->is_plain()) return pool::deallocate(e, e->block);
  detail::dispose_payload(e);
}

struct disposer {
  void operator()(envelope* e) const noexcept { dispose(e); }
};

}  // namespace snow

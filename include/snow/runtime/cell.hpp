#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <source_location>
#include <string_view>
#include <utility>

#include "snow/base/clock.hpp"
#include "snow/base/pid.hpp"
#include "snow/runtime/mailbox.hpp"

namespace snow {

struct cell;
struct frame;
struct launch;
struct attachments;
class worker;

/// What an actor waits in: the base of every operation that suspends one. It lives in a coroutine frame.
struct waiter {
  struct operations {
    /// Whether this message is what the actor waits for. It stays the actor's until the operation resumes.
    bool (*offer)(waiter&, cell&, envelope&);
    /// A reply or completion, perhaps of another operation; this one owns it. Whether the actor goes on.
    bool (*complete)(waiter&, cell&, envelope&);
    /// The actor had to give way and has its turn again. Whether it goes on.
    bool (*retry)(waiter&, cell&);
    /// The actor ends here. True: something outside still uses the frame, and the operation has taken it
    /// over.
    bool (*abandon)(waiter&, cell&);
    /// Whether an actor that waits in it, with nothing begun, has nothing to finish.
    bool (*at_rest)(const cell&) noexcept = [](const cell&) noexcept { return false; };
  };
  const operations* does = nullptr;
  std::source_location where = {};
};

/// What an actor starts from: its function, its arguments and its `context`, in one block that outlives the
/// frame, so that `const T&`, `string_view` and `span` parameters stay good.
struct launch {
  struct operations {
    frame* (*start)(launch&);           ///< may throw: then the actor ends with `exception`
    void (*destroy)(launch&) noexcept;  ///< ends and frees it
    std::string_view function;          ///< for reports
  };
  const operations* does;
  cell* owner = nullptr;  ///< null once the actor has ended and only its frames linger
  pid kin = {};           ///< its parent; itself, once it has ended
};

/// An actor as the runtime sees it: a slot of the node's table. Its memory lives as long as the node, so that
/// a stale pid can always be looked at; the generation tells whose slot it is now.
struct cell {
  static constexpr std::int32_t unbounded = std::numeric_limits<std::int32_t>::max();

  // What other threads touch.
  mailbox inbox;
  std::atomic<std::uint64_t> generation = 0;
  cell* next = nullptr;  ///< in a run queue or a free list
  std::uint32_t slot = 0;
  std::atomic<std::int32_t> room = unbounded;  ///< how many messages more a bounded mailbox takes

  // The rest belongs to the worker that runs it.
  envelope* first = nullptr;  ///< mail that was taken in and not yet received, oldest first
  envelope* last = nullptr;
  waiter* waiting = nullptr;
  frame* innermost = nullptr;  ///< the coroutine that goes on next

  frame* root = nullptr;
  launch* launched = nullptr;
  attachments* attached = nullptr;    ///< monitors, names, limits: only actors that use them pay
  std::atomic<cell*> asks = nullptr;  ///< whose answer it waits for, as long as only that actor can give it
  // For reports: written by the worker, read by anyone.
  std::atomic<const launch::operations*> function = nullptr;
  std::atomic<std::source_location> place = {};  ///< of the `co_await` that it waits in
  std::atomic<time_point::rep> since = 0;        ///< when it came there
  std::atomic<std::uint32_t> mail = 0;

  std::atomic<std::uint8_t> when_full = 0;  ///< what a bounded mailbox does without room (`process/`)
  bool started : 1 = false;
  bool gave_way : 1 = false;  ///< waits for its turn only
  bool traps_exits : 1 = false;
  bool paced : 1 = false;     ///< sent too much somewhere: is held at its next await
  bool held : 1 = false;      ///< is held
  bool stopping : 1 = false;  ///< ends with `shutdown` when it is at rest
  bool handed : 1 = false;    ///< `first` is what woke it, and was not looked at yet

  pid id() const noexcept { return {this_node, slot, generation.load(std::memory_order_relaxed)}; }

  /// Who has woken it: this did.
  void hand(envelope& e) noexcept {
    e.next = std::exchange(first, &e);
    handed = true;
  }
  /// What was not looked at yet, oldest first.
  envelope* take_in() noexcept {
    if (!handed) return inbox.take();
    handed = false;
    envelope* const e = std::exchange(first, first->next);
    e->next = nullptr;
    return e;
  }
  void append(envelope& e) noexcept {
    e.next = nullptr;
    (last ? last->next : first) = &e;
    last = &e;
    mail.store(mail.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  /// In front of all the mail.
  void prepend(envelope& e) noexcept {
    e.next = first;
    first = &e;
    if (!last) last = &e;
    mail.store(mail.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  /// Takes `e` out; `before` is the one in front of it, null for the first.
  void unlink(envelope* before, envelope& e) noexcept {
    (before ? before->next : first) = e.next;
    if (last == &e) last = before;
    mail.store(mail.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  }
};

static_assert(sizeof(cell) == 128, "two cache lines: what an idle actor costs beside its frame");

}  // namespace snow

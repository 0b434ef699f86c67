#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "snow/base/config.hpp"
#include "snow/process/effects.hpp"
#include "snow/process/linking.hpp"
#include "snow/process/mail.hpp"
#include "snow/process/task.hpp"

namespace snow {

namespace detail {

/// Before an actor that sent too much goes on: it is held until the way is clear.
inline bool hold(cell& c) {
  environment& env = environment::current();
  attachments& a = attached(c);
  a.pace_number = worker::current()->new_request();
  c.held = true;
  if (a.pace_to.node != this_node) {
    env.router->await_path(c.id(), a.pace_number, a.pace_to.node, false);
  } else if (!signal_room(env, a.pace_to, {c.id(), a.pace_number})) {
    c.held = c.paced = false;
    return false;
  }
  a.patience.arm(c.id(), env.clock().now() + env.deadline, a.pace_number);
  return true;
}

/// The actor's own reason, once its outermost coroutine has ended.
inline reason reason_of_end(cell& c) {
  if (!c.attached || !c.attached->failure) return errc::normal;
  try {
    std::rethrow_exception(std::exchange(c.attached->failure, nullptr));
  } catch (...) {
    return reason_of_exception();
  }
}

/// How an actor's turn came to its end.
enum class halt : std::uint8_t {
  waits,    ///< or gives way
  told,     ///< ends, for the reason of a signal
  done,     ///< ends by itself
  at_rest,  ///< ends with `shutdown`, since it has come to where it waits
};

inline reason reason_of(halt how, cell& c) {
  if (how == halt::done) return reason_of_end(c);
  return how == halt::told ? c.attached->why : reason{errc::shutdown};
}

inline void start(cell& c) {
  c.started = true;
  c.root = c.launched->does->start(*c.launched);
  c.innermost = c.root;
}

/// What was taken out of an inbox and not handled yet; joins the mail when the actor ends meanwhile.
struct batch {
  cell& c;
  envelope* first;
  ~batch() {
    while (first) c.append(*next());
  }
  envelope* next() noexcept { return std::exchange(first, first->next); }
};

/// Until it waits, gives way or ends.
[[gnu::always_inline]] inline halt run(worker& w, cell& c) {
  bool go = false;
  if (!c.started) {
    start(c);
    go = true;
  } else if (c.gave_way) {
    c.gave_way = false;
    go = !c.waiting || c.waiting->does->retry(*c.waiting, c);
  }

  for (;;) {
    for (batch mail{c, c.take_in()}; mail.first;) {
      // One that is held has what it waited for, and goes on with it: nothing else is for what it waited in.
      switch (handle(c, *mail.next(), go || c.held)) {
        case effect::nothing:
          break;
        case effect::go_on:
          go = true;
          break;
        case effect::end:
          return halt::told;
      }
    }
    if (go && c.paced && hold(c)) go = false;
    if (go) {
      go = false;
      c.waiting = nullptr;
      c.place.store({}, std::memory_order_relaxed);
      run_frames(w, c);
      if (c.root->handle().done()) return halt::done;
      if (c.stopping && is_at_rest(c)) return halt::at_rest;
      if (c.gave_way) return w.requeue(c), halt::waits;
    }
    if (c.inbox.try_idle()) return halt::waits;
    if (!w.spend()) return w.requeue(c), halt::waits;
  }
}

/// Its frames and what they held; its mailbox refuses from then on; its links, then its mail.
inline void clear_away(environment& env, cell& c, const reason& why) {
  ending const with{why};
  bool const lingers =
      c.waiting && c.root && !c.root->handle().done() && c.waiting->does->abandon(*c.waiting, c);
  if (!lingers) {
    if (c.root) {
      if (c.root->handle().done())
        c.root->handle().destroy();
      else
        destroy_frames(c.innermost);
    }
    c.launched->does->destroy(*c.launched);
  }
  c.root = c.innermost = nullptr;
  c.launched = nullptr;
  c.waiting = nullptr;
  c.asks.store(nullptr, std::memory_order_relaxed);

  pid const me = c.id();
  c.generation.fetch_add(1, std::memory_order_acq_rel);
  envelope* const arrived = c.inbox.close();
  // Before what lies in its mail is answered: a LINK there may be of who is linked already.
  if (c.attached && c.attached->links) break_links(env, me, *std::exchange(c.attached->links, nullptr), why);
  auto const discard_all = [&](envelope* e) {
    while (e) discard(env, *std::exchange(e, e->next));
  };
  discard_all(std::exchange(c.first, nullptr));
  c.last = nullptr;
  discard_all(arrived);
}

[[gnu::cold]] inline void report_crash(const environment& env, const cell& c, const reason& why) {
  std::string_view const function = c.launched->does->function;
  crash_report crash{.function = function, .why = why, .mail = c.mail.load(std::memory_order_relaxed)};
  std::string text = std::string{function}.append(" ended: ").append(why.to_string());
  if (attachments const* const a = c.attached) {
    crash.failed_message = a->failed_message;
    if (a->ancestors) crash.ancestors = *a->ancestors;
    crash.names = a->names;
  }
  if (!crash.failed_message.empty()) text.append(", last message that failed: ").append(crash.failed_message);
  env.report(log_level::error, "actor", text, c.id(), &crash);
}

/// The end of an actor, in the order that others may rely on: its name is free, its frames and what they held
/// are gone, its mailbox refuses, then those who are linked to it or watch it are told (S-24, S-31).
inline void end_actor(worker& w, cell& c, reason why) {
  environment& env = environment::of(w);
  pid const me = c.id();
  if (env.observer) env.observer->on_end(me, c.launched->does->function, why);
  if (c.attached)
    for (auto const& name : c.attached->names) env.names.remove(name, me);
  if (why == errc::exception) report_crash(env, c, why);
  clear_away(env, c, why);

  std::unique_ptr<attachments> kept;  // with the code of the actor's plugin: goes last
  if (attachments* const a = std::exchange(c.attached, nullptr)) {
    for (auto const& [number, sender] : a->waiting_for_room) signal_completion(env, sender, number);
    for (auto const& [monitor, target] : a->watching) stop_watching(env, {me, monitor, target});
    if (a->watches_nodes && env.router) env.router->forget_watcher(me);
    for (auto const& k : a->watchers) give_down(env, {k.watcher, k.monitor, me}, why);
    kept.reset(a);
  }
  c.started = c.gave_way = c.traps_exits = c.paced = c.held = c.stopping = c.handed = false;
  c.room.store(cell::unbounded, std::memory_order_relaxed);
  c.mail.store(0, std::memory_order_relaxed);
  c.place.store({}, std::memory_order_relaxed);
  c.function.store(nullptr, std::memory_order_relaxed);
  env.living.fetch_sub(1, std::memory_order_acq_rel);
  env.actors().release(w.slots(), c);
}

}  // namespace detail

SNOW_COMPILED_ONCE void activate(worker& w, cell& c) {
  struct on_stage {
    worker& w;
    on_stage(worker& on, cell& c) noexcept : w{on} { w.running = &c; }
    ~on_stage() { w.running = nullptr; }
  } const stage{w, c};
  auto how = detail::halt::told;
  try {
    how = detail::run(w, c);
  } catch (...) {  // of a value that does not move, or a function that does not start
    attached(c).why = detail::reason_of_exception();
  }
  if (how != detail::halt::waits) detail::end_actor(w, c, detail::reason_of(how, c));
}

SNOW_COMPILED_ONCE void environment::end_all() {
  refusing.store(true);  // seq_cst, and so is the count: as in `start_actor`
  for (std::uint32_t slot = 0; slot < actors().size(); ++slot)
    signal_exit(*this, actors().at(slot)->id(), {{}, errc::killed, true});
  while (living.load() != 0 || lingering.load(std::memory_order_acquire) != 0)
    for (std::size_t i = 0; i < size(); ++i) at(i).turn(false);
}

}  // namespace snow

#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "snow/base/config.hpp"
#include "snow/process/info.hpp"
#include "snow/process/linking.hpp"
#include "snow/process/mail.hpp"
#include "snow/process/task.hpp"

namespace snow {

namespace detail {

/// What one signal does to its actor.
enum class effect : std::uint8_t { nothing, go_on, end };

inline effect on_message(cell& c, envelope& e, bool goes_on) {
  if (c.waiting && !goes_on)
    return c.waiting->does->offer(*c.waiting, c, e) ? effect::go_on : effect::nothing;
  c.append(e);
  return effect::nothing;
}

inline bool is_at_rest(const cell& c) noexcept {
  return !c.started || (c.waiting && c.waiting->does->at_rest(c));
}

inline effect on_exit(cell& c, envelope& e, bool goes_on) {
  exit_order order = std::move(static_cast<letter<exit_order>&>(e).value);
  dispose(&e);
  if (order.link && !breaks_link(c, order)) return effect::nothing;
  bool const must_end = order.kill || order.forced;
  if (c.traps_exits && !must_end) {
    auto* const told = make_envelope<letter<exit_signal>>(worker::current()->memory(), signal_kind::message,
                                                          message_type_of<exit_signal>,
                                                          exit_signal{order.from, std::move(order.why)});
    if (order.link) told->kind = signal_kind::exit;  // known by that to `unlink`, which takes it back
    return on_message(c, *told, goes_on);
  }
  // As in Erlang: `normal` from another process is ignored.
  if (!must_end && order.why == errc::normal && order.from != c.id()) return effect::nothing;
  if (order.at_rest && (goes_on || !is_at_rest(c))) {
    c.stopping = true;
    return effect::nothing;
  }
  attached(c).why = order.kill ? reason{errc::killed} : std::move(order.why);
  return effect::end;
}

inline effect on_number(cell& c, envelope& e, bool goes_on) {
  std::uint64_t const number = static_cast<numbered&>(e).number;
  if (c.held && number == c.attached->pace_number) {
    attachments& a = *c.attached;
    if (!a.patience.is(e)) {
      a.patience.cancel();
      dispose(&e);
    }
    a.pace_number = 0;
    c.paced = c.held = false;
    return effect::go_on;
  }
  if (c.waiting && !goes_on)
    return c.waiting->does->complete(*c.waiting, c, e) ? effect::go_on : effect::nothing;
  dispose(&e);
  return effect::nothing;
}

/// What is no message, answer or completion. Apart: with it, what is hot would not be compiled into one
/// piece.
[[gnu::noinline]] inline effect on_signal(cell& c, envelope& e, bool goes_on) {
  switch (e.kind) {
    case signal_kind::exit:
      return on_exit(c, e, goes_on);
    case signal_kind::monitor: {
      auto const& w = static_cast<letter<watch>&>(e).value;
      attached(c).watchers.insert({w.monitor, w.watcher});
      dispose(&e);
      return effect::nothing;
    }
    case signal_kind::demonitor: {
      auto const& w = static_cast<letter<watch>&>(e).value;
      if (c.attached) c.attached->watchers.erase({w.monitor, w.watcher});
      dispose(&e);
      return effect::nothing;
    }
    case signal_kind::link:
      take_link(c, static_cast<letter<link_signal>&>(e).value);
      dispose(&e);
      return effect::nothing;
    case signal_kind::unlink:
      take_unlink(c, static_cast<letter<link_signal>&>(e).value);
      dispose(&e);
      return effect::nothing;
    case signal_kind::unlink_ack:
      take_unlink_ack(c, static_cast<letter<link_signal>&>(e).value);
      dispose(&e);
      return effect::nothing;
    case signal_kind::inspect: {
      environment& env = environment::current();
      give_reply<value_reply<actor_info>>(env, static_cast<letter<reply_path>&>(e).value,
                                          all_of(c, env.clock().now()));
      dispose(&e);
      return effect::nothing;
    }
    case signal_kind::room: {
      auto const& r = static_cast<letter<room_request>&>(e).value;
      if (!c.attached || c.room.load(std::memory_order_relaxed) >= c.attached->limit / 2) {
        signal_completion(environment::current(), r.sender, r.number);
      } else {
        c.attached->waiting_for_room.emplace(r.number, r.sender);
      }
      dispose(&e);
      return effect::nothing;
    }
    case signal_kind::down: {
      // Only of a monitor that is still there, and once (S-22, S-23).
      auto const& d = static_cast<letter<down>&>(e).value;
      if (!c.attached || c.attached->watching.erase(d.monitor.number) == 0)
        return dispose(&e), effect::nothing;
      e.kind = signal_kind::message;
      e.type = &message_type_of<down>;
      return on_message(c, e, goes_on);
    }
    case signal_kind::message:
    case signal_kind::reply:
    case signal_kind::completion:
      break;
  }
  return effect::nothing;
}

inline effect handle(cell& c, envelope& e, bool goes_on) {
  if (e.generation != c.generation.load(std::memory_order_relaxed)) {
    give_room(c, e);  // its sender may have taken this actor's
    discard(environment::current(), e);
    return effect::nothing;
  }
  switch (e.kind) {
    case signal_kind::message:
      return on_message(c, e, goes_on);
    case signal_kind::reply:
    case signal_kind::completion:
      return on_number(c, e, goes_on);
    default:
      return on_signal(c, e, goes_on);
  }
}

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

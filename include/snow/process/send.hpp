#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "snow/process/arguments.hpp"
#include "snow/process/deadline.hpp"
#include "snow/process/mail.hpp"
#include "snow/process/operation.hpp"

namespace snow {

namespace detail {

/// An argument that turns into whatever field of an `M` it is for, with snow's conversions; not into an `M`.
template <class M, class From>
struct field_argument {
  From&& from;
  template <class To>
  requires(!std::same_as<To, M> && converts_to<To, From&&>) operator To() const {
    return converted<To>(std::forward<From>(from));
  }
};

/// Builds an `M` in place out of the arguments of `send<M>` and `ask<M>`.
template <class M, class... Args>
struct builds {
  static constexpr bool by_field =
      std::is_aggregate_v<M> && !std::is_array_v<M> &&
      !(sizeof...(Args) == 1 && (std::same_as<M, std::remove_cvref_t<Args>> && ...));
  static constexpr bool possible =
      by_field ? std::is_constructible_v<M, field_argument<M, Args>...> : std::is_constructible_v<M, Args...>;
};

template <class Envelope, class M, class... Head, class... Args>
Envelope* build(environment& env, std::tuple<Head...> head, Args&&... args) {
  static_assert(
      ((!fragile_temporary<Args> || std::same_as<M, std::remove_cvref_t<Args>>)&&...),
      "snow: pass an aggregate with members that must be destroyed by name: GCC 12 would destroy a temporary "
      "twice inside co_await, and a moved one cannot be told from it: name it first, then pass the name");
  static_assert(builds<M, Args...>::possible,
                "snow: the message is built from its fields' values, in their order: these arguments are too "
                "many, or one does not convert to its field");
  return std::apply(
      [&](auto&&... h) -> Envelope* {
        if constexpr (!builds<M, Args...>::possible) {
          return nullptr;  // told above
        } else if constexpr (builds<M, Args...>::by_field) {
          return env.make<Envelope>(signal_kind::message, message_type_of<M>, h...,
                                    field_argument<M, Args>{std::forward<Args>(args)}...);
        } else {
          return env.make<Envelope>(signal_kind::message, message_type_of<M>, h...,
                                    std::forward<Args>(args)...);
        }
      },
      head);
}

/// What became of a message for an actor of this node.
enum class posted : std::uint8_t { sent, full, rejected, gone };

/// A message too many for a bounded mailbox. `rejected`: it has been thrown away.
posted post_beyond(environment& env, cell& c, const pid& to, envelope& e);

/// Any thread. The envelope is given away in each case; a request that cannot be delivered is answered.
[[gnu::always_inline]] inline posted post(environment& env, const pid& to, envelope& e) {
  e.generation = to.generation;
  cell* const c = env.actors().find(to);
  if (!c) return discard(env, e), posted::gone;
  posted result = posted::sent;
  e.charged = c->room.load(std::memory_order_relaxed) != cell::unbounded;
  if (e.charged && c->room.fetch_sub(1, std::memory_order_relaxed) <= 0) {
    result = post_beyond(env, *c, to, e);
    if (result == posted::rejected) return result;
  }
  if (env.deliver(*c, e)) return result;
  discard(env, e);
  return posted::gone;
}

/// How a send went.
struct sent {
  errc failure = errc::normal;
  bool congested = false;
};
/// The value of a letter, as the router takes it.
using opens = outgoing (*)(const envelope&);

/// Sends for an actor. `c` is null once it has ended and only its frames linger: what they send is not held
/// up. Of a name, `found` is whose it is, or on which node.
sent send_letter(cell* c, const pid& from, const pid& to, envelope& e, opens out);
sent send_letter(cell* c, const pid& from, const named& to, envelope& e, opens out, pid& found);

inline bool is_local(const environment&, const pid& to) noexcept {
  return to.node == this_node;
}
inline bool is_local(const environment& env, const named& to) noexcept {
  return env.is_here(to);
}
inline const pid& local_target(const environment&, const pid& to) noexcept {
  return to;
}
inline pid local_target(const environment& env, const named& to) {
  return env.names.find(to.name());
}

/// What a timer sends. False: nobody will ever take it, and a repeated one may stop.
template <class M, class To>
bool send_from_timer(environment& env, const pid& from, const To& to, letter<M>& made) {
  if (env.observer) env.observer->on_send(from, to, made);
  if (is_local(env, to))
    return post(env, local_target(env, to), made) != posted::gone || std::same_as<To, named>;
  outgoing const out = outgoing_of(made.value);
  bool const sent =
      env.router && out.encode && env.router->send(from, to, out, nullptr).what != routed::no_connection;
  dispose(&made);
  return sent;
}

/// The sender is held at its next await until `to` takes more.
inline void pace(cell& c, const pid& to) {
  c.paced = true;
  attached(c).pace_to = to;
}

}  // namespace detail

/// What `send` returns. The message is on its way already; `co_await` also waits until the path and the
/// target's mailbox are below their marks, at most the default deadline (S-38). Throws `no_connection` (also
/// when the path is lost meanwhile), `overloaded` (a mailbox of this node that rejects) or
/// `not_serializable`. Not awaited, a send that found the way above its marks holds its actor at the actor's
/// next `co_await`.
class send_operation : detail::numbered_waiter {
 public:
  using snow_operation = void;
  using value_type = void;
  using waiter::where;

  send_operation(cell* c, const pid& to, errc failure, bool congested) noexcept
      : cell_{c}, to_{to}, failure_{failure}, congested_{congested} {
    does = &operations_;
  }

  bool await_ready() noexcept {
    if (failure_ != errc::normal) return true;
    return !congested_ && detail::may_go_on(*cell_);
  }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    if (!congested_) return detail::give_way(*this, h.promise()), true;
    environment& env = environment::current();
    cell_->paced = false;
    number = worker::current()->new_request();
    detail::wait_in(*this, h.promise());
    if (to_.node != this_node) {
      env.router->await_path(cell_->id(), number, to_.node, true);
    } else if (!signal_room(env, to_, {cell_->id(), number})) {
      cell_->waiting = nullptr;
      cell_->innermost = nullptr;
      return false;
    }
    patience_.arm(cell_->id(), env.clock().now() + env.deadline, number);
    return true;
  }
  void await_resume() const {
    if (failure_ != errc::normal) throw error{failure_, "send"};
  }
  result<void> take() const {
    if (failure_ != errc::normal) return error{failure_, "send"};
    return {};
  }

 private:
  static bool complete(waiter& w, cell&, envelope& e) {
    auto& self = static_cast<send_operation&>(w);
    if (self.patience_.is(e)) return true;
    self.patience_.cancel();
    if (e.kind == signal_kind::reply) self.failure_ = static_cast<reply&>(e).status;
    dispose(&e);
    return true;
  }
  static constexpr operations operations_{detail::leave_in_mailbox, detail::by_number<complete>,
                                          detail::go_on, detail::nothing_outside};

  cell* cell_;
  pid to_;
  errc failure_;
  bool congested_;
  detail::deadline_timer patience_;
};

}  // namespace snow

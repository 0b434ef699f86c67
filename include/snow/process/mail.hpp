#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "snow/process/attachments.hpp"
#include "snow/process/handler.hpp"
#include "snow/process/signals.hpp"

namespace snow {

namespace detail {

/// A request that nobody will answer: fails its ask with the reason for which the actor ends, if it does.
void fail_request(environment& env, envelope& e, errc why, std::string details);

/// Those that a full mailbox holds.
void let_senders_go_on(attachments& a);

/// The message leaves its mailbox, which has room for one more if it is bounded.
inline void give_room(cell& c, envelope& e) {
  if (!std::exchange(e.charged, false) || !c.attached || c.attached->limit == 0) return;
  std::int32_t const room = c.room.fetch_add(1, std::memory_order_relaxed) + 1;
  if (room >= c.attached->limit / 2) let_senders_go_on(*c.attached);
}

/// A message that its receiver cannot take: throws it away, and says so (S-8).
void drop(cell& c, envelope& e);
/// The handler that took it ends without having come to its end: for reports, if that is by an exception.
void note_failed(const envelope& e) noexcept;
/// The same for one that is no `name` although it should be.
void drop_undecoded(cell& c, envelope& e, std::string_view name, std::string why);
/// A request whose asker expects another type than its handler gives.
void refuse_asker(envelope& e, std::string_view name);

}  // namespace detail

/// Throws away a signal that its actor will not handle; who waits for an answer gets it.
void discard(environment& env, envelope& e);

namespace detail {

enum class sorted : std::uint8_t { keep, take, drop };

template <class H>
fit fits_handler(envelope& e) noexcept {
  if constexpr (is_after<H>) {
    return fit::no;
  } else if constexpr (requires { H::leaves(e); }) {
    return H::leaves(e) ? fit::no : fit::yes;
  } else if constexpr (handler_traits<H>::takes_any) {
    return fit::yes;
  } else {
    return fits<typename handler_traits<H>::message>(e);
  }
}

/// Which of the handlers takes the message; one of a handled name with another shape is to be dropped.
template <class... H>
sorted sort(envelope& e, int& which) noexcept {
  int i = 0;
  bool other_shape = false;
  bool const found = ([&] {
    fit const f = fits_handler<std::remove_cvref_t<H>>(e);
    if (f == fit::yes) {
      which = i;
      return true;
    }
    other_shape |= f == fit::other_shape;
    ++i;
    return false;
  }() || ...);
  if (found) return sorted::take;
  return other_shape ? sorted::drop : sorted::keep;
}

/// A message out of the bytes that came from another node; null, and the bytes dropped, if they are none.
template <class M>
envelope* decoded(cell& c, envelope& e) {
  raw_message& raw = raw_of(e);
  if constexpr (request<M>) {
    if (e.asked && raw.result != key_of<value_of<typename M::reply_type>>())
      return refuse_asker(e, name_of<M>), nullptr;
  }
  auto value = M();
  if (std::string why; !environment::current().decode(raw.body, value, why))
    return drop_undecoded(c, e, name_of<M>, std::move(why)), nullptr;
  pool& memory = worker::current()->memory();
  envelope* const made =
      e.asked ? static_cast<envelope*>(make_envelope<request_letter<M>>(
                    memory, signal_kind::message, message_type_of<M>, path_of(e), std::move(value)))
              : make_envelope<letter<M>>(memory, signal_kind::message, message_type_of<M>, std::move(value));
  dispose(&e);
  return made;
}

/// The message as its handler takes it.
template <class H>
envelope* opened(cell& c, envelope& e) {
  give_room(c, e);
  if constexpr (!is_after<H>) {
    if constexpr (!handler_traits<H>::takes_any) {
      using M = typename handler_traits<H>::message;
      if constexpr (portable<M>) {
        if (is_raw(e)) return decoded<M>(c, e);
      }
    }
  }
  return &e;
}

/// The right to answer passes from the message to the `reply_to`. Nobody can know any longer who will answer.
template <class R>
reply_to<R> reply_to_of(cell& c, envelope& e) {
  environment& env = environment::current();
  if (!e.asked) return {};
  e.asked = false;
  reply_path const path = path_of(e);
  if (path.asker.node == this_node)
    if (cell* const asker = env.actors().find(path.asker)) {
      cell* me = &c;
      asker->asks.compare_exchange_strong(me, nullptr, std::memory_order_relaxed);
    }
  return {env, path};
}

/// What the exception that is being handled says.
reason reason_of_exception();

/// Answers the request that a handler took with what the handler returned.
template <class R, class... V>
void answer_request(envelope& e, V&&... value) {
  if (!e.asked) return;
  e.asked = false;
  answer_with<R>(environment::current(), path_of(e), std::forward<V>(value)...);
}
void fail_request_by_exception(envelope& e);

struct no_deadline {
  void cancel() const noexcept {}
  bool is(envelope&) const noexcept { return false; }
};

}  // namespace detail

}  // namespace snow

#pragma once

#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

#include "snow/process/message.hpp"
#include "snow/process/reply_to.hpp"
#include "snow/process/task.hpp"
#include "snow/registry/callable.hpp"

namespace snow {

/// A message that is answered: it says with what.
template <class M>
concept request = requires {
  typename M::reply_type;
};

/// What `after` gives.
template <class F>
struct after_handler {
  duration limit;
  F f;
};
/// Bounds a `receive`, one in each: after that time without a message that it takes, `f` runs instead (S-10).
/// Zero: takes what is there already, and does not wait. A function that is passed by name is referred to,
/// not copied.
template <class F>
after_handler<F> after(duration d, F&& f) {
  static_assert(
      std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<F>,
      "snow: after() takes a function that captures nothing that must be destroyed (GCC 12 would destroy "
      "it twice inside co_await): name it first, then pass the name");
  return {d, std::forward<F>(f)};
}

namespace detail {

template <class T>
inline constexpr bool is_after = false;
template <class F>
inline constexpr bool is_after<after_handler<F>> = true;
template <class T>
inline constexpr bool is_reply_to = false;
template <class T>
inline constexpr bool is_reply_to<reply_to<T>> = true;

/// What a handler takes and gives.
template <class H>
struct handler_traits {
  static_assert(
      has_one_call<H>,
      "snow: a handler names the one message type that it takes, as in [&](tally t) {...}: a generic lambda "
      "or an overloaded operator() does not say which");
};
template <has_one_call H>
struct handler_traits<H> {
  using call = typename one_call<H>::type;
  using arguments = typename call::arguments;
  static constexpr std::size_t arity = std::tuple_size_v<arguments>;
  static_assert(arity == 1 || arity == 2,
                "snow: a handler takes a message, or a request and the snow::reply_to that answers it later");

  template <std::size_t I>
  using argument = std::tuple_element_t<I, arguments>;
  using message = std::remove_cvref_t<argument<0>>;
  using returned = typename call::result;
  using result = typename untasked<returned>::type;

  static constexpr bool is_coroutine = is_task<returned>;
  static constexpr bool takes_any = std::same_as<message, snow::message>;
  static constexpr bool defers = arity == 2;
  static constexpr bool answers = request<message> && !defers;
  static_assert(!std::is_lvalue_reference_v<argument<0>> ||
                    std::is_const_v<std::remove_reference_t<argument<0>>>,
                "snow: a handler takes its message by value, by const& or by &&");

  static consteval bool judge() {
    if constexpr (defers) {
      static_assert(
          request<message>,
          "snow: a handler with a reply_to takes a request: give the message `using reply_type = ...;`");
      if constexpr (request<message>)
        static_assert(std::same_as<std::remove_cvref_t<argument<1>>, reply_to<typename message::reply_type>>,
                      "snow: the handler's second parameter is snow::reply_to<M::reply_type>, by value");
      static_assert(std::is_void_v<result>,
                    "snow: a handler with a reply_to returns nothing: it answers by calling the reply_to");
    } else if constexpr (request<message>) {
      static_assert(std::is_void_v<typename message::reply_type>
                        ? std::is_void_v<result>
                        : std::convertible_to<result, value_of<typename message::reply_type>>,
                    "snow: what a handler of a request returns must convert to the request's reply_type");
    }
    return true;
  }
  static_assert(judge());
};

template <class F>
struct handler_traits<after_handler<F>> {
  using returned = std::invoke_result_t<F&>;
  using result = typename untasked<returned>::type;
  static constexpr bool is_coroutine = is_task<returned>;
  static constexpr bool answers = false;
};

}  // namespace detail

}  // namespace snow

#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "snow/base/fwd.hpp"
#include "snow/base/pid.hpp"

/// Functions and closures taken apart: what they take, what they give.
namespace snow::detail {

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;
template <class T>
struct untasked {
  using type = T;
};
template <class T>
struct untasked<task<T>> {
  using type = T;
};
/// A value in the place of `void`.
template <class T>
using value_of = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class F>
struct call_signature;
template <class R, class... A>
struct call_signature<R (*)(A...)> {
  using result = R;
  using arguments = std::tuple<A...>;
};
template <class R, class... A>
struct call_signature<R (*)(A...) noexcept> : call_signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct call_signature<R (C::*)(A...)> : call_signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct call_signature<R (C::*)(A...) const> : call_signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct call_signature<R (C::*)(A...) noexcept> : call_signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct call_signature<R (C::*)(A...) const noexcept> : call_signature<R (*)(A...)> {};

template <class H>
concept has_one_call = std::is_pointer_v<H> || requires {
  &H::operator();
};

/// The parts of the one call of a function pointer or a closure.
template <class H>
struct one_call {
  using type = call_signature<decltype(&H::operator())>;
};
template <class H>
requires std::is_pointer_v<H>
struct one_call<H> {
  using type = call_signature<H>;
};

/// What an argument for a parameter `P` is kept as until the actor has ended.
template <class P>
struct stored {
  using type = std::remove_cvref_t<P>;
};
template <>
struct stored<std::string_view> {
  using type = std::string;
};
template <class T, std::size_t N>
struct stored<std::span<const T, N>> {
  using type = std::vector<T>;
};
template <class P>
using stored_t = typename stored<std::remove_cvref_t<P>>::type;

template <class R>
inline constexpr bool is_actor_type = std::same_as<R, actor>;
template <class P>
inline constexpr bool is_actor_type<actor_of<P>> = true;
/// By what others know an actor whose function returns `R`.
template <class R>
struct reference_of {
  using type = pid;
};
template <class P>
struct reference_of<actor_of<P>> {
  using type = ref<P>;
};

/// What can run as an actor, taken apart: its parameters without the `context`, what they are kept as, its
/// result.
template <class R, class... P>
struct callable_parts {
  using result = typename untasked<R>::type;
  using parameters = std::tuple<P...>;
  using kept = std::tuple<stored_t<P>...>;
  using reference = typename reference_of<R>::type;
  static constexpr bool is_actor = is_actor_type<R>;
  static constexpr bool is_task = detail::is_task<R>;
  static constexpr std::size_t arity = sizeof...(P);
};
template <class R, class Arguments>
struct split_context;
template <class R, class... P>
struct split_context<R, std::tuple<P...>> : callable_parts<R, P...> {
  static constexpr bool has_context = false;
};
template <class R, class... P>
struct split_context<R, std::tuple<context&, P...>> : callable_parts<R, P...> {
  static constexpr bool has_context = true;
};
template <class F>
struct callable_traits {
  static_assert(has_one_call<F>, "snow: spawn<f> and call<f> take a function or a lambda without captures");
};
template <has_one_call F>
struct callable_traits<F>
    : split_context<typename one_call<F>::type::result, typename one_call<F>::type::arguments> {};

template <auto F>
using callable = callable_traits<std::remove_cvref_t<decltype(F)>>;
/// What spawning `F` gives: a `ref` of what it declares, a `pid` otherwise.
template <auto F>
using known_by = typename callable<F>::reference;

}  // namespace snow::detail

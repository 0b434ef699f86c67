#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "snow/codec/serializable.hpp"
#include "snow/reflect/name.hpp"
#include "snow/registry/callable.hpp"

/// What may be registered, and what a function is called. Decided at compile time; the sentences stand in
/// `process/register.hpp`, where the function's text is at hand.
namespace snow::detail {

enum class fault : std::uint8_t {
  none,
  // the function itself
  overloaded,
  not_constant,
  captures,
  member,
  not_callable,
  // its name
  empty_name,
  lambda,
  unnamed_namespace,
  template_instance,
  reserved,
  alias,
  // what it takes and gives
  actor_without_context,
  context_not_first,
  result,
  reference,
  pointer,
  not_serializable,
};

struct verdict {
  fault why = fault::none;
  std::uint8_t parameter = 0;  ///< from 1, as the user counts

  friend constexpr bool operator==(const verdict&, const verdict&) = default;
};

/// The part of a name behind its last `::`.
constexpr std::string_view last_part(std::string_view name) noexcept {
  auto const at = name.rfind("::");
  name = name.substr(at == name.npos ? 0 : at + 2);
  auto const begin = name.find_first_not_of("& \t(");
  auto const end = name.find_last_not_of(" \t)");
  return begin == name.npos || end == name.npos ? std::string_view{} : name.substr(begin, end + 1 - begin);
}

/// Whether a function may go by the name that the compiler gives it; `written` is what the user wrote.
constexpr fault judge_name(std::string_view spelled, std::string_view written) noexcept {
  if (spelled.find("{anonymous}") != spelled.npos || spelled.find("(anonymous") != spelled.npos)
    return fault::unnamed_namespace;
  // Clang leaves the arguments of a template out.
  if (spelled.find('<') != spelled.npos || written.find('<') != written.npos) return fault::template_instance;
  if (last_part(spelled).starts_with("__")) return fault::reserved;
  if (last_part(spelled) != last_part(written)) return fault::alias;
  return fault::none;
}

template <class P>
consteval fault judge_parameter() {
  using bare = std::remove_cvref_t<P>;
  if constexpr (std::same_as<bare, context>) {
    return fault::context_not_first;
  } else if constexpr (std::is_reference_v<P> &&
                       !(std::is_lvalue_reference_v<P> && std::is_const_v<std::remove_reference_t<P>>)) {
    return fault::reference;
  } else if constexpr (std::is_pointer_v<bare> || std::is_null_pointer_v<bare>) {
    return fault::pointer;
  } else if constexpr (!serializable<stored_t<P>>) {
    return fault::not_serializable;
  } else {
    return fault::none;
  }
}

template <class Parts, std::size_t... I>
consteval verdict judge_parameters(std::index_sequence<I...>) {
  verdict v;
  ((v.why == fault::none ? void(v = {judge_parameter<std::tuple_element_t<I, typename Parts::parameters>>(),
                                     I + 1 + Parts::has_context})
                         : void()),
   ...);
  return v.why == fault::none ? verdict{} : v;
}

template <class F>
consteval verdict judge_callable() {
  if constexpr (std::is_member_pointer_v<F>) {
    return {fault::member};
  } else if constexpr (requires { typename one_call<F>::type::arguments; }) {
    using parts = callable_traits<F>;
    if constexpr (parts::is_actor && !parts::has_context) {
      return {fault::actor_without_context};
    } else if constexpr (parts::has_context && !parts::is_actor && !parts::is_task) {
      return {fault::context_not_first, 1};
    } else {
      verdict const v = judge_parameters<parts>(std::make_index_sequence<parts::arity>{});
      if constexpr (!parts::is_actor)
        if (v == verdict{} && !serializable<value_of<typename parts::result>>) return {fault::result};
      return v;
    }
  } else {
    return {fault::not_callable};
  }
}

template <fault Why>
struct verdict_constant {
  static constexpr verdict value{Why};
};

/// Asked by the macros from inside a template, where a wrong argument is an answer and no error.
struct judge {
  /// Of a function that is to go by its own name.
  template <auto F>
  static consteval verdict of(std::string_view written) {
    using type = std::remove_cvref_t<decltype(F)>;
    if constexpr (std::is_class_v<type>) {
      return {fault::lambda};
    } else if constexpr (std::is_member_pointer_v<type>) {
      return {fault::member};
    } else {
      fault const why = judge_name(spelled_function<F>(), written);
      return why == fault::none ? judge_callable<type>() : verdict{why};
    }
  }
  template <auto F>
  static consteval verdict of_named(std::string_view name) {
    return name.empty() ? verdict{fault::empty_name} : judge_callable<std::remove_cvref_t<decltype(F)>>();
  }
  /// Of what is no constant of a kind that functions can be told by.
  template <class T>
  static verdict_constant<std::is_class_v<T> ? fault::captures : fault::not_constant> of_other(const T&);
};

}  // namespace snow::detail

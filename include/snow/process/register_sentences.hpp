#pragma once

#include "snow/registry/judge.hpp"

/// What SNOW_REGISTER and SNOW_REGISTER_AS consist of. A sentence contains the function's text, so that it
/// must be made by the preprocessor.

// clang-format off
#define SNOW_DETAIL_JOIN_(a, b) a##b
#define SNOW_DETAIL_JOIN(a, b) SNOW_DETAIL_JOIN_(a, b)

// The verdict, then a sentence for each fault, then the anchor: file-local, so that headers may have as many
// as they like. From inside a template, a set of overloads is an answer instead of an error.
#define SNOW_DETAIL_REGISTER_ONE(id, f)                                                               \
  static constexpr ::snow::detail::verdict SNOW_DETAIL_JOIN(snow_verdict_, id) = []<class P>(P) {     \
    if constexpr (requires { P::template of<f>(#f); }) return P::template of<f>(#f);                  \
    else if constexpr (requires { P::of_other(f); }) return decltype(P::of_other(f))::value; \
    else return ::snow::detail::verdict{::snow::detail::fault::overloaded};                           \
  }(::snow::detail::judge{});                                                                         \
  SNOW_DETAIL_SENTENCES(SNOW_DETAIL_JOIN(snow_verdict_, id), #f)                                      \
  [[maybe_unused]] static const bool SNOW_DETAIL_JOIN(snow_registered_, id) = []<class P>(P) {        \
    if constexpr (SNOW_DETAIL_JOIN(snow_verdict_, id) == ::snow::detail::verdict{})                   \
      return P::template add<f>(__FILE__, __LINE__);                                                  \
    else return false;                                                                                \
  }(::snow::detail::registering{});

#define SNOW_DETAIL_REGISTER_AS(id, name, ...) SNOW_DETAIL_REGISTER_AS_(id, name, __VA_ARGS__)
#define SNOW_DETAIL_REGISTER_AS_(id, name, ...)                                                       \
  static constexpr ::snow::detail::verdict SNOW_DETAIL_JOIN(snow_verdict_, id) = []<class P>(P) {     \
    if constexpr (requires { P::template of_named<__VA_ARGS__>(name); })                              \
      return P::template of_named<__VA_ARGS__>(name);                                                 \
    else if constexpr (requires { P::of_other(__VA_ARGS__); })                                        \
      return decltype(P::of_other(__VA_ARGS__))::value;        \
    else return ::snow::detail::verdict{::snow::detail::fault::overloaded};                           \
  }(::snow::detail::judge{});                                                                         \
  SNOW_DETAIL_SENTENCES(SNOW_DETAIL_JOIN(snow_verdict_, id), #__VA_ARGS__)                            \
  [[maybe_unused]] static const bool SNOW_DETAIL_JOIN(snow_registered_, id) = []<class P>(P) {        \
    if constexpr (SNOW_DETAIL_JOIN(snow_verdict_, id) == ::snow::detail::verdict{})                   \
      return P::template add_as<__VA_ARGS__>(name, __FILE__, __LINE__);                               \
    else return false;                                                                                \
  }(::snow::detail::registering{});

#define SNOW_DETAIL_SENTENCES(v, text)                                                                \
  SNOW_DETAIL_REFUSE(v, overloaded, text " is a set of overloads: choose one with a cast, SNOW_REGISTER_AS(\"name\", static_cast<R (*)(Args...)>(f))") \
  SNOW_DETAIL_REFUSE(v, not_constant, text " is a variable: register the function that it points to") \
  SNOW_DETAIL_REFUSE(v, captures, text " is a closure with captures, which mean nothing on another node: pass what it captures as arguments") \
  SNOW_DETAIL_REFUSE(v, member, text " is a member function: register a function that takes the object as an argument") \
  SNOW_DETAIL_REFUSE(v, not_callable, text " is not one function with a fixed number of arguments: register a function, or a lambda without template parameters") \
  SNOW_DETAIL_REFUSE(v, empty_name, text " needs a name that is not empty")                           \
  SNOW_DETAIL_REFUSE(v, lambda, text " is a lambda, which compilers name as they like: give it a name, SNOW_REGISTER_AS(\"name\", " text ")") \
  SNOW_DETAIL_REFUSE(v, unnamed_namespace, text " stands in an unnamed namespace, and another unit may have its like: give it a name, SNOW_REGISTER_AS(\"name\", " text ")") \
  SNOW_DETAIL_REFUSE(v, template_instance, text " is an instance of a template, which compilers spell differently: give it a name, SNOW_REGISTER_AS(\"name\", " text ")") \
  SNOW_DETAIL_REFUSE(v, reserved, text " has a name that starts with __, which is reserved for compilers: rename it, or give it a name, SNOW_REGISTER_AS(\"name\", " text ")") \
  SNOW_DETAIL_REFUSE(v, alias, text " is another name for a function: register the function itself, or give it a name, SNOW_REGISTER_AS(\"name\", " text ")") \
  SNOW_DETAIL_REFUSE(v, actor_without_context, text ": an actor takes a snow::context& first: add it") \
  SNOW_DETAIL_REFUSE(v, result, text ": its result cannot be sent: return a value that is serializable (an aggregate, or a type with a snow::codec)") \
  SNOW_DETAIL_REFUSE_PARAMETER(v, text, 1) SNOW_DETAIL_REFUSE_PARAMETER(v, text, 2)                   \
  SNOW_DETAIL_REFUSE_PARAMETER(v, text, 3) SNOW_DETAIL_REFUSE_PARAMETER(v, text, 4)                   \
  SNOW_DETAIL_REFUSE_PARAMETER(v, text, 5) SNOW_DETAIL_REFUSE_PARAMETER(v, text, 6)                   \
  SNOW_DETAIL_REFUSE_PARAMETER(v, text, 7) SNOW_DETAIL_REFUSE_PARAMETER(v, text, 8)                   \
  static_assert((v).parameter <= 8, "snow: " text ": a parameter behind the eighth is a reference to non-const, a pointer, or not serializable: take values that are serializable");
#define SNOW_DETAIL_REFUSE(v, what, sentence) \
  static_assert((v).why != ::snow::detail::fault::what, "snow: " sentence);
#define SNOW_DETAIL_REFUSE_PARAMETER(v, text, n)                                                      \
  static_assert((v) != ::snow::detail::verdict{::snow::detail::fault::reference, n}, "snow: " text ": parameter " #n " is a reference to non-const: take it by value or by const reference, and return what changes"); \
  static_assert((v) != ::snow::detail::verdict{::snow::detail::fault::pointer, n}, "snow: " text ": parameter " #n " is a pointer, which means nothing on another node: take a value, or a std::string for text"); \
  static_assert((v) != ::snow::detail::verdict{::snow::detail::fault::not_serializable, n}, "snow: " text ": parameter " #n " cannot be sent: make its type an aggregate of serializable types, or specialise snow::codec for it"); \
  static_assert((v) != ::snow::detail::verdict{::snow::detail::fault::context_not_first, n}, "snow: " text ": parameter " #n " is a snow::context: only actors and snow::task functions take one, as snow::context& and first");

// SNOW_DETAIL_REGISTER_ONE for each argument: 64 at most.
#define SNOW_DETAIL_AGAIN_1(...) SNOW_DETAIL_AGAIN_2(SNOW_DETAIL_AGAIN_2(SNOW_DETAIL_AGAIN_2(SNOW_DETAIL_AGAIN_2(__VA_ARGS__))))
#define SNOW_DETAIL_AGAIN_2(...) SNOW_DETAIL_AGAIN_3(SNOW_DETAIL_AGAIN_3(SNOW_DETAIL_AGAIN_3(SNOW_DETAIL_AGAIN_3(__VA_ARGS__))))
#define SNOW_DETAIL_AGAIN_3(...) SNOW_DETAIL_AGAIN_4(SNOW_DETAIL_AGAIN_4(SNOW_DETAIL_AGAIN_4(SNOW_DETAIL_AGAIN_4(__VA_ARGS__))))
#define SNOW_DETAIL_AGAIN_4(...) __VA_ARGS__
#define SNOW_DETAIL_NOTHING
#define SNOW_DETAIL_EACH(...) __VA_OPT__(SNOW_DETAIL_AGAIN_1(SNOW_DETAIL_NEXT(__VA_ARGS__)))
#define SNOW_DETAIL_NEXT(f, ...) \
  SNOW_DETAIL_REGISTER(__COUNTER__, f) __VA_OPT__(SNOW_DETAIL_NEXT_AGAIN SNOW_DETAIL_NOTHING()(__VA_ARGS__))
#define SNOW_DETAIL_NEXT_AGAIN() SNOW_DETAIL_NEXT
#define SNOW_DETAIL_REGISTER(id, f) SNOW_DETAIL_REGISTER_ONE(id, f)
// clang-format on

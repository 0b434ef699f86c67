#pragma once

#include <concepts>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>

#include "snow/process/remote_start.hpp"
#include "snow/registry.hpp"

namespace snow {

namespace detail {

template <auto F>
inline constexpr function_kind kind_of = callable<F>::is_actor  ? function_kind::actor
                                         : callable<F>::is_task ? function_kind::task
                                                                : function_kind::plain;
template <auto F>
using result_of = value_of<std::conditional_t<callable<F>::is_actor, void, typename callable<F>::result>>;

/// The fingerprint of parameters, kept as `Kept`; a caller by name knows no more.
template <class Kept>
inline constexpr std::uint64_t parameters_of = fingerprint_of<Kept>;
template <auto F>
inline constexpr std::uint64_t signature_of = hash_of(to_string(kind_of<F>),
                                                      parameters_of<typename callable<F>::kept> * 31 +
                                                          fingerprint_of<result_of<F>>);

template <auto F>
const std::string& signature_text() {
  static const std::string text = shape_of<typename callable<F>::kept>() + "->" + shape_of<result_of<F>>();
  return text;
}

template <auto F>
const void* address_of() noexcept {
  if constexpr (std::is_pointer_v<decltype(F)>)
    return reinterpret_cast<const void*>(F);
  else
    return reinterpret_cast<const void*>(&start_thunk<F>);
}

/// The name that this program registered `F` under; empty when it did not.
template <auto F>
inline constinit std::string_view registered_name = {};
/// The name by which another node is asked for `F`.
template <auto F>
std::string_view name_of_function() noexcept {
  return registered_name<F>.empty() ? spelled_function<F>() : registered_name<F>;
}

/// Alive in each unit that registers `F`; the entries of one function are one.
template <auto F>
struct registrar {
  explicit registrar(std::string_view name, std::source_location where) {
    static registration entry{{name, signature_text<F>(), parameters_of<typename callable<F>::kept>,
                               signature_of<F>, kind_of<F>, where, address_of<F>(), &start_thunk<F>}};
    static bool const once = (functions_of_process.add(entry), true);
    (void)once;
    registered_name<F> = name;
  }
};

}  // namespace detail

}  // namespace snow

#define SNOW_DETAIL_CAT_(a, b) a##b
#define SNOW_DETAIL_CAT(a, b) SNOW_DETAIL_CAT_(a, b)
/// Registers a function under its qualified name.
#define SNOW_REGISTER(f)                                                                    \
  static const ::snow::detail::registrar<f> SNOW_DETAIL_CAT(snow_registrar_, __COUNTER__) { \
    ::snow::detail::spelled_function<f>(), std::source_location::current()                  \
  }
/// Registers a function under a name of its own; the name comes first.
#define SNOW_REGISTER_AS(name, ...)                                                                   \
  static const ::snow::detail::registrar<__VA_ARGS__> SNOW_DETAIL_CAT(snow_registrar_, __COUNTER__) { \
    name, std::source_location::current()                                                             \
  }

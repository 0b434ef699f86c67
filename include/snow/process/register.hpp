#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "snow/process/register_sentences.hpp"
#include "snow/process/remote_start.hpp"
#include "snow/registry.hpp"

/// Registers functions, in any number of units, under their qualified names; at namespace scope, up to 64.
#define SNOW_REGISTER(...) \
  SNOW_DETAIL_EACH(__VA_ARGS__) static_assert(true, "snow: a semicolon belongs behind SNOW_REGISTER")
/// Registers a function under a name of its own, which comes first: overloads (with a cast), instances of
/// templates, functions in unnamed namespaces, lambdas without captures.
#define SNOW_REGISTER_AS(name, ...)                       \
  SNOW_DETAIL_REGISTER_AS(__COUNTER__, name, __VA_ARGS__) \
  static_assert(true, "snow: a semicolon belongs behind SNOW_REGISTER_AS")

namespace snow {

namespace detail {

template <auto F>
inline constexpr function_kind kind_of = callable<F>::is_actor  ? function_kind::actor
                                         : callable<F>::is_task ? function_kind::task
                                                                : function_kind::plain;
/// Of an actor, what it declares to take, if other nodes can know that.
template <class Parts>
struct known_result {
  using type = value_of<typename Parts::result>;
};
template <class Parts>
requires(Parts::is_actor) struct known_result<Parts> {
  using type = std::conditional_t<!std::same_as<typename Parts::reference, pid> &&
                                      serializable<typename Parts::reference>,
                                  typename Parts::reference, std::monostate>;
};
template <auto F>
using result_of = typename known_result<callable<F>>::type;

/// The fingerprint of parameters, kept as `Kept`; a caller by name knows no more.
template <class Kept>
inline constexpr std::uint64_t parameters_of = fingerprint_of<Kept>;
template <auto F>
inline constexpr std::uint64_t signature_of = combined_fingerprint(kind_of<F>,
                                                                   parameters_of<typename callable<F>::kept>,
                                                                   fingerprint_of<result_of<F>>);

template <auto F>
std::string make_signature_text() {
  return shape_of<typename callable<F>::kept>() + "->" + shape_of<result_of<F>>();
}
template <auto F>
const std::string& signature_text() {
  static const std::string text = make_signature_text<F>();
  return text;
}

template <auto F>
const void* address_of() noexcept {
  if constexpr (std::is_pointer_v<decltype(F)>)
    return reinterpret_cast<const void*>(F);
  else
    return reinterpret_cast<const void*>(&start_thunk<F>);
}

/// The name alone: what the compiler says of `spelled_function` is three times as long.
template <auto F>
struct own_name {
  static constexpr std::size_t size = spelled_function<F>().size();
  static constexpr std::array<char, size> text = [] {
    std::array<char, size> copy{};
    spelled_function<F>().copy(copy.data(), size);
    return copy;
  }();
  static constexpr std::string_view value() noexcept { return {text.data(), size}; }
};

/// The name that this program registered `F` under, if not under its own; empty otherwise.
template <auto F>
inline constinit std::string_view registered_name = {};
/// The name by which another node is asked for `F`.
template <auto F>
std::string_view name_of_function() noexcept {
  return registered_name<F>.empty() ? own_name<F>::value() : registered_name<F>;
}

/// What the registry refers to: hidden, so that each library has its own.
template <auto F>
struct registrar {
  [[gnu::visibility("hidden")]] static constexpr function_constants constants{
      &start_thunk<F>, &address_of<F>, &make_signature_text<F>, parameters_of<typename callable<F>::kept>,
      fingerprint_of<result_of<F>>};
};

/// What the macros' anchors do, before `main` or while a library is loaded.
struct registering : judge {
  template <auto F>
  static bool add(const char* file, std::uint32_t line) {
    return functions_of_process.add(this_module.get(), own_name<F>::value(), kind_of<F>, file, line,
                                    registrar<F>::constants);
  }
  template <auto F>
  static bool add_as(std::string_view name, const char* file, std::uint32_t line) {
    registered_name<F> = name;
    return functions_of_process.add(this_module.get(), name, kind_of<F>, file, line, registrar<F>::constants);
  }
};

}  // namespace detail

/// A function as a value, for `node_options`: what another node would know it by.
struct function_key {
  std::string_view (*name)() noexcept = nullptr;
  const std::string& (*signature)() = nullptr;
  std::uint64_t fingerprint = 0;
};
template <auto F>
inline constexpr function_key function{&detail::name_of_function<F>, &detail::signature_text<F>,
                                       detail::signature_of<F>};

}  // namespace snow

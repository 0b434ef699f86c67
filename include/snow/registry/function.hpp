#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "snow/reflect/name.hpp"

namespace snow {

struct launch_request;
/// Decodes the arguments and starts an actor (`process/`).
using start_function = void (*)(launch_request&);

enum class function_kind : std::uint8_t { actor, plain, task };

constexpr std::string_view to_string(function_kind k) noexcept {
  switch (k) {
    case function_kind::actor:
      return "actor";
    case function_kind::plain:
      return "plain";
    case function_kind::task:
      return "task";
  }
  return {};
}

/// Where a function was registered.
struct source_place {
  std::string file;
  std::uint32_t line = 0;

  std::string to_string() const { return file + ":" + std::to_string(line); }
};

/// A function that other nodes can start by its name.
struct function_info {
  std::string name;
  std::string signature;          ///< `(u64,string)->u64`
  std::uint64_t parameters = 0;   ///< fingerprint of the parameters alone: what a caller by name knows
  std::uint64_t fingerprint = 0;  ///< of parameters, result and kind
  function_kind kind = function_kind::plain;
  source_place where;
  const void* address = nullptr;
  std::string module;               ///< the shared library that it stands in; empty: the program itself
  bool plugin = false;              ///< which is a plugin
  std::uint32_t registrations = 0;  ///< in how many places of how many units
};

namespace detail {

/// What the compiler knows of a function: one constant a function and module.
struct function_constants {
  start_function start = nullptr;
  const void* (*address)() = nullptr;
  std::string (*signature)() = nullptr;
  std::uint64_t parameters = 0;
  std::uint64_t result = 0;
};

/// The fingerprint of a whole signature.
constexpr std::uint64_t combined_fingerprint(function_kind k, std::uint64_t parameters,
                                             std::uint64_t result) noexcept {
  return hash_of(to_string(k), parameters * 31 + result);
}

}  // namespace detail

}  // namespace snow

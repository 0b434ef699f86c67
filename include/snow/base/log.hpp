#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "snow/base/errc.hpp"
#include "snow/base/pid.hpp"
#include "snow/base/reason.hpp"

namespace snow {

enum class log_level : unsigned char { debug, info, warning, error };

constexpr std::string_view to_string(log_level l) noexcept {
  switch (l) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      return "error";
  }
  return {};
}

/// What an actor was when an exception ended it. As `proc_lib`'s crash reports. The views live for the call
/// only.
struct crash_report {
  std::string_view function;
  const snow::reason& why;
  std::string_view failed_message = {};       ///< the type of the last message whose handler threw
  std::span<const snow::pid> ancestors = {};  ///< who spawned it with a link, and so on, nearest first
  std::span<const std::string> names = {};    ///< its local ones
  std::size_t mail = 0;                       ///< messages taken in and not received
};

/// One event, as `node_options.log` receives it. The views live for the call only.
struct log_record {
  log_level level = log_level::info;
  std::string_view node;                ///< the name of the node that reports, empty for a local node
  std::string_view event;               ///< a fixed word to filter by: "handshake", "actor", "session", ...
  std::string_view text;                ///< one line; bytes from outside are escaped
  snow::pid pid = {};                   ///< the actor it is about, if any
  const crash_report* crash = nullptr;  ///< of an actor that an exception has ended
};

/// Called from any of the node's threads, several at once.
using log_sink = std::function<void(const log_record&)>;

/// Makes text from outside fit for one log line: control characters, quotes and non-ASCII bytes become
/// `\xNN`.
inline std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '\\' && c != '"') {
      out += c;
    } else {
      out.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
  }
  return out;
}

}  // namespace snow

#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "snow/base/errc.hpp"
#include "snow/base/log.hpp"
#include "snow/base/pid.hpp"
#include "snow/base/reason.hpp"

namespace snow::detail {

/// What our formatters share: `{}` and nothing else. (fmt's own string formatter would cost every user
/// `<fmt/format.h>`.)
struct plain_formatter {
  constexpr auto parse(fmt::format_parse_context& ctx) { return ctx.begin(); }
  template <class Context>
  static auto write(std::string_view text, Context& ctx) {
    return std::copy(text.begin(), text.end(), ctx.out());
  }
};

}  // namespace snow::detail

template <>
struct fmt::formatter<snow::errc> : snow::detail::plain_formatter {
  template <class Context>
  auto format(snow::errc e, Context& ctx) const {
    return write(snow::to_string(e), ctx);
  }
};

template <>
struct fmt::formatter<snow::reason> : snow::detail::plain_formatter {
  template <class Context>
  auto format(const snow::reason& r, Context& ctx) const {
    return write(r.to_string(), ctx);
  }
};

/// `<node.slot.generation>`, as Erlang prints one.
template <>
struct fmt::formatter<snow::pid> : snow::detail::plain_formatter {
  template <class Context>
  auto format(const snow::pid& p, Context& ctx) const {
    return write("<" + std::to_string(p.node) + "." + std::to_string(p.slot) + "." +
                     std::to_string(p.generation) + ">",
                 ctx);
  }
};

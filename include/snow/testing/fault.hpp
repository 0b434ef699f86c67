#pragma once

#include <fmt/core.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "snow/base/clock.hpp"

namespace snow::testing {

/// One thing that goes wrong in a run, and for how long.
struct fault {
  enum class kind : std::uint8_t {
    partition,
    cut,     ///< one way
    hang,    ///< connects are never answered, one way
    refuse,  ///< connects are refused, one way
    slow,    ///< long latencies and little bandwidth, one way
    reset,
    lose,
    reset_after,  ///< `amount` more bytes
    lose_after,
    twin,  ///< another node of the name of `a` connects to `b`
    stop,  ///< in good order
    crash,
    power_off,
    pause,
    stall,
    skew,
    drift,  ///< by `amount` millionths
    own,    ///< what a test has of its own: `storm` tells it
  };
  static constexpr std::size_t kinds = 18;

  kind what;
  duration at;     ///< since the beginning
  duration lasts;  ///< until it is mended, for those that are; the length of a stall and of a skew
  std::string a;
  std::string b{};  ///< of those between two
  std::int64_t amount = 0;
  std::string_view called{};  ///< an `own` one

  std::string_view name() const noexcept { return what == kind::own ? called : is().name; }
  std::string to_string() const;
  friend bool operator==(const fault&, const fault&) = default;

  // ---- of a kind
  struct traits {
    std::string_view name;
    bool between_two;
    bool lasts;
  };
  const traits& is() const noexcept { return all[static_cast<std::size_t>(what)]; }
  static const std::array<traits, kinds> all;
};

inline constexpr std::array<fault::traits, fault::kinds> fault::all{{{"partition", true, true},
                                                                     {"cut", true, true},
                                                                     {"hang", true, true},
                                                                     {"refuse", true, true},
                                                                     {"slow", true, true},
                                                                     {"reset", true, false},
                                                                     {"lose", true, false},
                                                                     {"reset_after", true, false},
                                                                     {"lose_after", true, false},
                                                                     {"twin", true, true},
                                                                     {"stop", false, true},
                                                                     {"crash", false, true},
                                                                     {"power_off", false, true},
                                                                     {"pause", false, true},
                                                                     {"stall", false, true},
                                                                     {"skew", false, true},
                                                                     {"drift", false, true},
                                                                     {"own", false, true}}};

inline std::string fault::to_string() const {
  constexpr std::int64_t millisecond = 1'000'000;
  std::string text = fmt::format("{} ms: {} {}", at.count() / millisecond, name(), a);
  if (!b.empty()) text.append(" ").append(b);
  if (what == kind::reset_after || what == kind::lose_after) text.append(fmt::format(" {} bytes", amount));
  if (what == kind::drift) text.append(fmt::format(" {} ppm", amount));
  if (is().lasts) text.append(fmt::format(" for {} ms", lasts.count() / millisecond));
  return text;
}

}  // namespace snow::testing

#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include "snow/testing/fault.hpp"

namespace snow::testing {

/// What happens to a run, and for how long.
struct course {
  std::vector<fault> faults;
  duration lasts;
};

namespace detail {

/// Leaves out each fault alone, again and again, until none can be left out.
template <class Fails>
void leave_faults_out(course& c, Fails& fails) {
  for (bool smaller = true; std::exchange(smaller, false);)
    for (std::size_t i = c.faults.size(); i-- > 0;) {
      course fewer = c;
      fewer.faults.erase(fewer.faults.begin() + static_cast<std::ptrdiff_t>(i));
      if (!fails(std::as_const(fewer))) continue;
      c = std::move(fewer);
      smaller = true;
    }
}

/// Halves what may still be the shortest time. No failure need last from some time on, so it is a short one
/// that is found, not always the shortest.
template <class Fails>
void shorten(course& c, Fails& fails) {
  constexpr duration enough = std::chrono::milliseconds{1};
  duration holds{};
  while (c.lasts - holds > enough) {
    course shorter = c;
    shorter.lasts = holds + (c.lasts - holds) / 2;
    std::erase_if(shorter.faults, [&](const fault& f) { return f.at >= shorter.lasts; });
    if (fails(std::as_const(shorter)))
      c = std::move(shorter);
    else
      holds = shorter.lasts;
  }
}

}  // namespace detail

/// Few faults and a short time that still fail, of what failed: `fails(course)` runs one. Minutes where a run
/// takes a second: it needs some 20 runs, and as many again for each few faults.
template <class Fails>
course shrink(course c, Fails fails) {
  detail::leave_faults_out(c, fails);
  detail::shorten(c, fails);
  detail::leave_faults_out(c, fails);
  return c;
}

}  // namespace snow::testing

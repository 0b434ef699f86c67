#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "snow/reflect/name.hpp"
#include "snow/testing/timeline.hpp"

namespace snow::testing {

/// The history of a simulation, line by line, and its hash: two runs that have the same hash did the same.
class trace {
 public:
  explicit trace(const timeline& time) noexcept : time_{time}, begin_{time.now()} {}

  /// Gets each line: `12.000345678 a session connected to b@b:1`.
  void show(std::function<void(std::string_view)> to) { show_ = std::move(to); }

  template <class... T>
  void add(std::string_view who, std::string_view what, fmt::format_string<T...> how, T&&... values) {
    constexpr std::int64_t second = 1'000'000'000;
    auto const since = (time_.now() - begin_).count();
    line_ = fmt::format("{}.{:09} {} {} ", since / second, since % second, who, what);
    line_ += fmt::format(how, std::forward<T>(values)...);
    hash_ = hash_of(line_, hash_);
    if (show_) show_(line_);
  }
  std::uint64_t hash() const noexcept { return hash_; }

 private:
  const timeline& time_;
  time_point const begin_;
  std::function<void(std::string_view)> show_;
  std::string line_;
  std::uint64_t hash_ = hash_of("");
};

}  // namespace snow::testing

#pragma once

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// What the benchmarks share. Each program has a few rows, and prints one JSON object a line for each that
/// was asked for: `{"work": "ping-pong", "value": 21500000, "unit": "messages/s"}`. A row whose result is
/// wrong throws, and prints nothing.
namespace figures {

struct row {
  std::string work;
  std::string unit;
  std::uint64_t count;                          ///< how much work it is
  std::function<double(std::uint64_t)> figure;  ///< does so much of it
};

/// The `main` of a benchmark: `[--row NAME]... [--scale FACTOR]`.
inline int run(int argc, char** argv, const std::vector<row>& rows) {
  CLI::App cli{"Prints one JSON object a line for each figure"};
  std::vector<std::string> asked;
  double scale = 1;
  std::vector<std::string> names;
  for (auto const& r : rows) names.push_back(r.work);
  cli.add_option("--row", asked, "the rows to run; all, unless told otherwise")->check(CLI::IsMember(names));
  cli.add_option("--scale", scale, "so many times as much work")->check(CLI::PositiveNumber);
  CLI11_PARSE(cli, argc, argv);
  try {
    for (auto const& r : rows) {
      if (!asked.empty() && std::find(asked.begin(), asked.end(), r.work) == asked.end()) continue;
      auto const count = std::max(1.0, static_cast<double>(r.count) * scale);
      double const value = r.figure(static_cast<std::uint64_t>(count));
      fmt::print("{{\"work\": \"{}\", \"value\": {}, \"unit\": \"{}\"}}\n", r.work, value, r.unit);
      std::fflush(stdout);
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}: {}\n", argv[0], e.what());
    return 1;
  }
  return 0;
}

/// Throws unless it is what it must be.
inline void check(std::string_view what, std::uint64_t is, std::uint64_t must_be) {
  if (is != must_be) throw std::runtime_error{fmt::format("{}: {}, must be {}", what, is, must_be)};
}

class stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }
  double per_second(std::uint64_t count) const { return static_cast<double>(count) / seconds(); }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// How long each of many took.
class latencies {
 public:
  void add(const stopwatch& each) { seconds_.push_back(each.seconds()); }
  double median_in_microseconds() {
    auto const middle = seconds_.begin() + static_cast<std::ptrdiff_t>(seconds_.size() / 2);
    std::nth_element(seconds_.begin(), middle, seconds_.end());
    return *middle * 1e6;
  }

 private:
  std::vector<double> seconds_;
};

}  // namespace figures

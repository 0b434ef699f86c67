#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/process.hpp"

namespace support {

/// A running `programs/member.cpp`, with a port of its own.
class member {
 public:
  explicit member(std::string_view id, std::vector<std::string> options = {})
      : name{port.node_name(id)}, options_{std::move(options)}, process{start()} {}
  /// One that takes another's name, and listens at a port of its own.
  static member in_the_name_of(const member& other, std::vector<std::string> options = {}) {
    return {other, std::move(options)};
  }
  /// One that listens where its name says.
  static member of_name(std::string name, std::vector<std::string> options) {
    return {whole_name{}, std::move(name), std::move(options)};
  }

  /// What it answers to a command, without the first word; what it tells meanwhile is kept for `event`.
  std::string answer(const std::string& command) {
    ask(command);
    return answer_to(command);
  }
  /// The same in two steps.
  void ask(const std::string& command) { process.write(command + "\n"); }
  std::string answer_to(const std::string& command) {
    std::string const start = command.substr(0, command.find(' ')) + ":";
    for (;;) {
      std::string line = next_line();
      if (line.starts_with(start)) return line.substr(std::min(start.size() + 1, line.size()));
      told_.push_back(std::move(line));
    }
  }
  /// The next thing that happened to it.
  std::string event() {
    if (told_.empty()) return next_line();
    std::string first = std::move(told_.front());
    told_.pop_front();
    return first;
  }
  /// What happened to it until it gave its last answer, and was not taken by `event`.
  std::vector<std::string> told() const { return {told_.begin(), told_.end()}; }
  /// Kills it, and starts it anew.
  void restart() {
    process.signal(SIGKILL);
    process.wait();
    process = start();
    told_.clear();
  }

  reserved_port port;
  std::string name;

 private:
  member(const member& other, std::vector<std::string> options)
      : name{other.name}, options_{std::move(options)}, process{(listen_at_own_port(), start())} {}

  struct whole_name {};
  member(whole_name, std::string own_name, std::vector<std::string> options)
      : name{std::move(own_name)}, options_{std::move(options)}, process{start()} {}

  void listen_at_own_port() { options_.push_back("listen=127.0.0.1:" + std::to_string(port.number())); }
  support::process start() {
    std::vector<std::string> words{name};
    words.insert(words.end(), options_.begin(), options_.end());
    support::process p{program("member"), words};
    p.line_with("ready");
    return p;
  }
  std::string next_line() { return process.line().value_or("(its end)"); }

  std::vector<std::string> options_;
  std::deque<std::string> told_;

 public:
  support::process process;
};

}  // namespace support

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snow/cluster/supervision.hpp"

/// What a supervisor is asked: `co_await self.ask<snow::start_child>(sup, spec)`. As in OTP, it answers once
/// it is done, and takes nothing else up meanwhile.
namespace snow {

/// How a request about a child went: OTP's `ok` and `{error, ...}`.
enum class child_outcome : std::uint8_t {
  done,
  already_started,
  already_present,  ///< and does not run
  not_found,
  running,
  restarting,
  simple_one_for_one,  ///< no request for a supervisor of this strategy
  failed
};

struct child_reply {
  child_outcome outcome = child_outcome::done;
  snow::pid pid = {};    ///< of the child, if it was started, now or before
  std::string why = {};  ///< it failed

  friend bool operator==(const child_reply& r, child_outcome o) noexcept { return r.outcome == o; }
};

/// Adds a child behind the others and starts it; one that cannot be started is not added. Of a
/// `simple_one_for_one` supervisor only `start` is looked at; empty: that of the specification. Its function
/// may hold anything, so only actors of the supervisor's node can ask this.
struct start_child {
  using reply_type = child_reply;
  child_spec child;
};

/// Stops a child, known by its id, or of `simple_one_for_one` by its pid, without one. It stays in the list,
/// unless it is temporary.
struct terminate_child {
  using reply_type = child_reply;
  std::string id = {};
  snow::pid pid = {};
};

/// Starts a child that was stopped, or that ended and is not restarted.
struct restart_child {
  using reply_type = child_reply;
  std::string id;
};

/// Takes a child that does not run out of the list.
struct delete_child {
  using reply_type = child_reply;
  std::string id;
};

struct child_info {
  std::string id = {};  ///< empty, of `simple_one_for_one`
  snow::pid pid = {};   ///< null if it does not run
  bool restarting = false;
  bool is_supervisor = false;
  std::string node = {};  ///< where it runs, or is to be started next; empty: with its supervisor
};
/// In the order of their starts.
struct which_children {
  using reply_type = std::vector<child_info>;
};

struct child_count {
  std::uint64_t specs = 0;
  std::uint64_t active = 0;  ///< that run
  std::uint64_t supervisors = 0;
  std::uint64_t workers = 0;
};
struct count_children {
  using reply_type = child_count;
};

}  // namespace snow

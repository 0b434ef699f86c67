#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "snow/base/log.hpp"
#include "snow/codec.hpp"
#include "snow/process/actor_observer.hpp"
#include "snow/process/local_names.hpp"
#include "snow/process/named.hpp"
#include "snow/process/router.hpp"
#include "snow/runtime/offload.hpp"
#include "snow/runtime/scheduler.hpp"

namespace snow {

class node;

/// Runs one actor: its signals in their order, then its coroutines, until it waits, gives way or ends.
void activate(worker& w, cell& c);

/// What the actors of one node share. `node/` fills it in before the first actor is spawned.
class environment final : public scheduler {
 public:
  static constexpr std::string_view own_functions = "snow::";  ///< what their names start with
  static constexpr std::size_t default_actor_limit = std::size_t{1} << 24;

  explicit environment(snow::clock& clock, std::size_t limit = default_actor_limit,
                       const snow::tuning& tuning = {}) noexcept
      : scheduler{clock, &activate, tuning}, actor_limit{std::min(limit, actor_table::most)} {}
  /// The actors have ended and no worker runs any more.
  ~environment() {
    for (std::size_t i = 0; i < size(); ++i) at(i).clear();
  }

  /// Kills every actor and turns all workers, on the calling thread, until none is left. No worker runs
  /// meanwhile; `offload` finishes what it has begun.
  void end_all();

  std::size_t const actor_limit;  ///< how many may live at once

  snow::router* router = nullptr;    ///< null on a local node
  snow::offload* offload = nullptr;  ///< the pool behind `blocking`
  snow::node* node = nullptr;
  actor_observer* observer = nullptr;  ///< null but in tests
  log_sink log = nullptr;
  std::string node_name;
  duration deadline = std::chrono::seconds{5};  ///< of every operation that names none
  local_names names;
  std::set<std::string, std::less<>> allowed;  ///< functions that other nodes may start; empty: all
  read_limits reading;                         ///< of what other nodes send

  std::atomic<std::uint64_t> undelivered = 0;  ///< messages to actors that are gone, or to nodes out of reach
  std::atomic<std::uint64_t> rejected = 0;  ///< messages that a bounded mailbox or a handler's type refused
  std::atomic<std::size_t> living = 0;      ///< actors
  std::atomic<std::size_t> lingering = 0;   ///< frames of ended actors that something outside still uses
  std::atomic<bool> refusing = false;       ///< new actors: the node is shutting down

  void report(log_level level, std::string_view event, std::string_view text, const pid& about = {},
              const crash_report* crash = nullptr) const {
    if (log)
      log({.level = level, .node = node_name, .event = event, .text = text, .pid = about, .crash = crash});
  }

  /// What is the node's own, any peer may ask.
  bool may_start(std::string_view function) const {
    return allowed.empty() || function.starts_with(own_functions) || allowed.contains(function);
  }
  bool is_here(const named& n) const noexcept { return n.node().empty() || n.node() == node_name; }

  /// Fills `value` with what another node sent, within the limits. False, and why, if it is no `T`, which
  /// includes what a constructor of the user's throws.
  template <class T>
  bool decode(const bytes& body, T& value, std::string& why) const {
    static_assert(detail::explain<T>());
    return decode(
        body, [](reader& r, void* v) { detail::get(r, *static_cast<T*>(v)); }, &value, why);
  }

  static environment& of(const worker& w) noexcept { return static_cast<environment&>(w.owner()); }
  /// Of the worker that runs the caller.
  static environment& current() noexcept { return of(*worker::current()); }

 private:
  bool decode(const bytes& body, void (*get)(reader&, void*), void* value, std::string& why) const;
};

}  // namespace snow

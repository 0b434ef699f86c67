#pragma once

#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "exploration/memory.hpp"

namespace exploration {

using place = std::source_location;

/// How far an exploration goes; within them it leaves nothing out.
struct bounds {
  unsigned preemptions = 3;        ///< of threads that could go on
  unsigned stale_reads = 2;        ///< of a store that is not the newest
  unsigned spurious_failures = 0;  ///< of `compare_exchange_weak`
  unsigned steps = 500;            ///< of all threads: more are taken for an endless loop
};

/// Without a bound, for what ends after a few steps.
inline constexpr bounds everything{.preemptions = 500, .stale_reads = 500};

/// What is wrong with one execution, how it came about, and what repeats it.
struct violation {
  std::string what;
  std::string choices;
  std::string history;
};

/// An order that an operation in the code asks for; `which` tells the two of `compare_exchange` apart.
struct demand {
  place where;
  std::string_view operation;
  unsigned which = 0;
  order asked = order::relaxed;
};
struct weakening {
  demand of;
  order to = order::relaxed;
};

/// Runs a scenario again and again: its threads are fibers, one runs at a time, and whatever could be
/// otherwise (who runs next, which store a load reads) is a choice; all are made, depth first, within the
/// bounds. As CHESS (Musuvathi and Qadeer, PLDI 2007) and Relacy do.
///
/// A scenario is a class that is made anew for each execution. Its `threads` are an array of pointers to its
/// member functions; `at_end()`, if it has that, runs once they are all over.
class explorer {
 public:
  explicit explorer(const bounds& b) : bounds_{b} {}
  explorer(const explorer&) = delete;
  explorer& operator=(const explorer&) = delete;

  /// Every execution, or those up to the first violation.
  template <class Scenario>
  std::optional<violation> explore() {
    return explore(scenario_of<Scenario>());
  }
  /// The one that made those choices.
  template <class Scenario>
  std::optional<violation> replay(std::string_view choices) {
    return replay(scenario_of<Scenario>(), choices);
  }
  std::size_t executions() const noexcept { return executions_; }

  /// Each order stronger than relaxed that the code asked for until now.
  const std::vector<demand>& demands() const noexcept { return demands_; }
  void weaken(const weakening& w) { weakened_ = w; }

  // ---- what `atomic`, `plain` and the like call
  static explorer& current() noexcept { return *current_; }
  unsigned running() const noexcept { return running_; }
  memory& model() noexcept { return memory_; }

  /// Before an operation that other threads can see: another may go first.
  void step();
  /// Until `ready`; true at once where it is.
  void wait_until(const std::function<bool()>& ready, const char* what);
  /// One of so many; 0 in the scenario's own beginning and end.
  unsigned choose(unsigned many);
  /// The execution is wrong.
  [[noreturn]] void fail(std::string what);

  order effective(const place& where, std::string_view operation, unsigned which, order asked);
  /// Which of the stores from `oldest` on to read.
  std::size_t choose_store(std::size_t oldest, std::size_t newest);
  bool choose_spurious_failure();
  /// For the history, which is only written when it is shown.
  bool tells() const noexcept { return tells_; }
  void tell(const place& where, const std::string& what);
  std::string shown(std::uint64_t value);

 private:
  struct scenario {
    std::size_t threads;
    void* (*make)();
    void (*run)(void*, std::size_t thread);
    void (*at_end)(void*);
    void (*destroy)(void*);
  };
  struct fiber {
    ucontext_t context;
    std::unique_ptr<std::byte[]> stack;
    bool ended = false;
    const std::function<bool()>* waits_for = nullptr;
    const char* waits_in = nullptr;
    bool can_run() const { return !ended && (!waits_for || (*waits_for)()); }
  };
  struct choice {
    unsigned taken;
    unsigned of;
  };
  struct given_up {};

  template <class Scenario>
  static scenario scenario_of() {
    return {Scenario::threads.size(), [] { return static_cast<void*>(new Scenario); },
            [](void* s, std::size_t i) { (static_cast<Scenario*>(s)->*Scenario::threads[i])(); },
            [](void* s) {
              if constexpr (requires(Scenario & it) { it.at_end(); }) static_cast<Scenario*>(s)->at_end();
            },
            [](void* s) { delete static_cast<Scenario*>(s); }};
  }

  std::optional<violation> explore(const scenario& s);
  std::optional<violation> replay(const scenario& s, std::string_view choices);
  /// False: it failed.
  bool execute(const scenario& s);
  void make_fibers(std::size_t n);
  void run_threads(const scenario& s);
  void switch_to_next();
  static void run_fiber();
  bool next_path() noexcept;
  std::string choices() const;

  static inline explorer* current_ = nullptr;
  static constexpr std::size_t stack_size = std::size_t{128} << 10;

  bounds const bounds_;
  memory memory_;
  std::size_t executions_ = 0;
  std::optional<weakening> weakened_;
  std::vector<demand> demands_;

  // The path of choices to the present execution, as far as it goes, and where on it we are.
  std::vector<choice> path_;
  std::size_t depth_ = 0;

  // The present execution.
  bounds left_{};
  unsigned running_ = 0;  // 0: the scenario's beginning and end
  ucontext_t main_{};
  std::vector<fiber> fibers_;
  const scenario* scenario_ = nullptr;
  void* made_ = nullptr;
  std::string failure_;

  bool tells_ = false;
  std::string history_;
  std::vector<std::uint64_t> addresses_;
};

/// Of what must hold.
void require(bool holds, const char* sentence);

}  // namespace exploration

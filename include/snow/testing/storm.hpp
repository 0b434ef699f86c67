#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "snow/testing/fault.hpp"
#include "snow/testing/simulation.hpp"

namespace snow::testing {

/// Runs a simulation through faults, and mends everything at the end.
class storm {
 public:
  /// `own(f, begins)` is told when one of the kind `own` begins, and when it is to be mended. Throws
  /// `bad_arguments` for such a fault without it.
  storm(simulation& sim, std::vector<fault> faults, std::function<void(const fault&, bool begins)> own = {})
      : sim_{sim}, faults_{std::move(faults)}, own_{std::move(own)} {
    bool const needs_own =
        std::any_of(faults_.begin(), faults_.end(), [](auto& f) { return f.what == fault::kind::own; });
    if (needs_own && !own_)
      throw error{errc::bad_arguments,
                  "a fault of a test's own needs who carries it out: give the storm a third argument"};
    std::stable_sort(faults_.begin(), faults_.end(),
                     [](const fault& a, const fault& b) { return a.at < b.at; });
  }

  /// `restarted(id)` is called for each node that has come back.
  template <class F>
  void run(duration lasts, F restarted);

 private:
  struct mending {
    duration at;
    fault of;
  };
  void begin(const fault& f);
  /// Whether it must be waited for: the stop comes to its end.
  bool is_stopping(const fault& f) { return f.what == fault::kind::stop && sim_.node(f.a).is_stopping(); }
  template <class F>
  void mend(const fault& f, F& restarted);

  simulation& sim_;
  std::vector<fault> faults_;
  std::function<void(const fault&, bool)> own_;
  std::vector<mending> open_;
};

namespace detail {

/// What a twin does: it goes to one who knows its name.
inline actor impostor(context& self, std::string to) {
  auto connecting = self.node().connect(to);
  auto const connected = co_await as_result(std::move(connecting));
  (void)connected;
}

}  // namespace detail

inline void storm::begin(const fault& f) {
  using std::chrono::milliseconds;
  switch (f.what) {
    case fault::kind::partition:
      return sim_.partition({f.a}, {f.b});
    case fault::kind::cut:
      return sim_.cut({f.a}, {f.b});
    case fault::kind::hang:
      sim_.weather(f.a, f.b).hang_one_in = 1;
      return;
    case fault::kind::refuse:
      sim_.weather(f.a, f.b).refuse_one_in = 1;
      return;
    case fault::kind::slow: {
      weather& w = sim_.weather(f.a, f.b);
      w.latency_least = milliseconds{100};
      w.latency_most = milliseconds{300};
      w.bytes_per_second = 100'000;
      return;
    }
    case fault::kind::reset:
      return sim_.reset(f.a, f.b);
    case fault::kind::lose:
      return sim_.lose(f.a, f.b);
    case fault::kind::reset_after:
      return sim_.reset_after(f.a, f.b, static_cast<std::uint64_t>(f.amount));
    case fault::kind::lose_after:
      return sim_.lose_after(f.a, f.b, static_cast<std::uint64_t>(f.amount));
    case fault::kind::twin: {
      testing::node& t = sim_.twin(f.a);
      t->spawn<&detail::impostor>(sim_.node(f.b).name());
      return;
    }
    case fault::kind::stop:
      return sim_.stop(f.a);
    case fault::kind::crash:
      return sim_.crash(f.a);
    case fault::kind::power_off:
      return sim_.power_off(f.a);
    case fault::kind::pause:
      return sim_.pause(f.a);
    case fault::kind::stall:
      return sim_.stall(f.a, f.lasts);
    case fault::kind::skew:
      return sim_.skew(f.a, f.lasts);
    case fault::kind::drift:
      return sim_.drift(f.a, f.amount);
    case fault::kind::own:
      return own_(f, true);
  }
}

template <class F>
void storm::mend(const fault& f, F& restarted) {
  switch (f.what) {
    case fault::kind::partition:
      sim_.heal({f.a}, {f.b});
      return sim_.heal({f.b}, {f.a});
    case fault::kind::cut:
      return sim_.heal({f.a}, {f.b});
    case fault::kind::hang:
    case fault::kind::refuse:
    case fault::kind::slow:
      return sim_.calm(f.a, f.b);
    case fault::kind::twin:
      return sim_.crash(sim_.twin_of(f.a));
    case fault::kind::stop:
    case fault::kind::crash:
    case fault::kind::power_off:
      if (sim_.node(f.a).is_running()) return;
      sim_.restart(f.a);
      return restarted(f.a);
    case fault::kind::pause:
      return sim_.resume(f.a);
    case fault::kind::drift:
      return sim_.drift(f.a, 0);
    case fault::kind::own:
      return own_(f, false);
    case fault::kind::reset:
    case fault::kind::lose:
    case fault::kind::reset_after:
    case fault::kind::lose_after:
    case fault::kind::stall:
    case fault::kind::skew:
      return;
  }
}

template <class F>
void storm::run(duration lasts, F restarted) {
  duration const begun = sim_.now();
  auto const soonest = [](const mending& a, const mending& b) { return a.at < b.at; };
  auto next = faults_.begin();
  for (;;) {
    auto const mend_next = std::min_element(open_.begin(), open_.end(), soonest);
    duration const fault_at = next == faults_.end() ? lasts : std::min(next->at, lasts);
    bool const mends = mend_next != open_.end() && mend_next->at <= fault_at;
    duration const at = mends ? mend_next->at : fault_at;
    if (begun + at > sim_.now()) sim_.run_for(begun + at - sim_.now());
    if (mends && is_stopping(mend_next->of)) {
      mend_next->at += std::chrono::milliseconds{10};
    } else if (mends) {
      fault const f = mend_next->of;
      open_.erase(mend_next);
      mend(f, restarted);
    } else if (next == faults_.end() || next->at >= lasts) {
      break;
    } else {
      begin(*next);
      open_.push_back({at + next->lasts, *next});
      ++next;
    }
  }
  sim_.heal();
  for (auto const& m : std::exchange(open_, {})) {
    sim_.run_until([&] { return !is_stopping(m.of); }, std::chrono::seconds{30});
    mend(m.of, restarted);
  }
}

}  // namespace snow::testing

#pragma once

#include <functional>
#include <utility>

#include "snow/process/signals.hpp"
#include "snow/runtime/scheduler.hpp"

namespace snow {

/// Calls a function at a moment, on the worker that set it, unless it is set anew, cancelled or destroyed
/// before. The worker's own only.
class alarm {
 public:
  alarm() = default;
  alarm(const alarm&) = delete;
  alarm& operator=(const alarm&) = delete;
  ~alarm() { cancel(); }

  void set(time_point at, std::function<void()> f) {
    cancel();
    worker& w = *worker::current();
    armed_ = make_envelope<armed>(w.memory(), signal_kind::completion, destroys<armed>);
    armed_->owner_alarm = this;
    armed_->upkeep = true;
    armed_->f = std::move(f);
    w.arm(*armed_, at, [](timer& t, worker&) {
      auto& fired = static_cast<armed&>(t);
      fired.owner_alarm->armed_ = nullptr;
      auto const call = std::move(fired.f);
      dispose(&fired);
      call();
    });
  }
  void cancel() noexcept {
    if (armed_) worker::cancel(*std::exchange(armed_, nullptr));
  }
  bool is_set() const noexcept { return armed_ != nullptr; }

 private:
  struct armed : timer {
    alarm* owner_alarm = nullptr;
    std::function<void()> f;
  };
  armed* armed_ = nullptr;
};

}  // namespace snow

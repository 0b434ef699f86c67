#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "snow/process/message.hpp"
#include "snow/runtime/run_on.hpp"
#include "snow/runtime/scheduler.hpp"
#include "snow/wire/fields.hpp"

namespace snow {

/// Takes back what left mailboxes, on any worker, and hands it to a session on the session's own, in batches.
/// It outlives the session until all is back: what is lent is counted on the session's worker, so that a
/// message costs no locked operation.
class window_returns final : public window_keeper {
 public:
  using receiver = std::function<void(const wire::process&, std::size_t charge)>;
  struct forgets {
    void operator()(window_returns* r) const noexcept {
      r->receiver_ = nullptr;
      r->settle(0);
    }
  };
  /// Let go on the session's worker.
  using owner = std::unique_ptr<window_returns, forgets>;
  static owner make(worker& home, receiver to) { return owner{new window_returns{home, std::move(to)}}; }

  /// On the session's worker.
  window_room lend(const pid& target, std::size_t charge) noexcept {
    ++lent_;
    return {*this, target, charge};
  }
  void give_back(const pid& target, std::size_t charge) noexcept override {
    if (worker::current() == &home_) return take(wire::process::of(target), charge);
    std::lock_guard const lock{mutex_};
    if (given_.empty()) run_on(home_, [this] { pass_on(); });
    given_.emplace_back(wire::process::of(target), charge);
  }

 private:
  window_returns(worker& home, receiver to) : home_{home}, receiver_{std::move(to)} {}
  ~window_returns() = default;

  void take(const wire::process& target, std::size_t charge) {
    if (receiver_) receiver_(target, charge);
    settle(1);
  }
  void settle(std::size_t back) noexcept {
    lent_ -= back;
    if (lent_ == 0 && !receiver_) delete this;
  }
  void pass_on() {
    std::vector<std::pair<wire::process, std::size_t>> all;
    {
      std::lock_guard const lock{mutex_};
      all.swap(given_);
    }
    for (auto const& [target, charge] : all) take(target, charge);
  }

  worker& home_;
  // Of the worker alone:
  receiver receiver_;  // null: the session has ended
  std::size_t lent_ = 0;

  std::mutex mutex_;
  std::vector<std::pair<wire::process, std::size_t>> given_;
};

}  // namespace snow

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
class window_returns final : public window_keeper, public std::enable_shared_from_this<window_returns> {
 public:
  using receiver = std::function<void(const wire::process&, std::size_t charge)>;

  window_returns(worker& home, receiver to) : home_{home}, receiver_{std::move(to)} {}

  void give_back(const pid& target, std::size_t charge) noexcept override {
    give(wire::process::of(target), charge);
  }
  void give(const wire::process& target, std::size_t charge) noexcept {
    if (worker::current() == &home_) {
      if (receiver_) receiver_(target, charge);
      return;
    }
    std::lock_guard const lock{mutex_};
    if (given_.empty()) run_on(home_, [self = shared_from_this()] { self->pass_on(); });
    given_.emplace_back(target, charge);
  }
  /// On the session's worker: it has ended.
  void forget() noexcept { receiver_ = nullptr; }

 private:
  void pass_on() {
    std::vector<std::pair<wire::process, std::size_t>> all;
    {
      std::lock_guard const lock{mutex_};
      all.swap(given_);
    }
    if (receiver_)
      for (auto const& [target, charge] : all) receiver_(target, charge);
  }

  worker& home_;
  receiver receiver_;  // of the worker alone
  std::mutex mutex_;
  std::vector<std::pair<wire::process, std::size_t>> given_;
};

}  // namespace snow

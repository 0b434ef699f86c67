#pragma once

#include "snow/session/session.hpp"

namespace snow {

/// Takes back what left mailboxes, from any worker, in batches.
class session::returns final : public window_keeper, public std::enable_shared_from_this<returns> {
 public:
  returns(session& s) : home_{s.home_}, session_{&s} {}

  void give_back(const pid& target, std::size_t charge) noexcept override {
    give(wire::process::of(target), charge);
  }
  void give(const wire::process& target, std::size_t charge) noexcept {
    if (worker::current() == &home_) {
      if (session_) session_->given_back(target, charge);
      return;
    }
    std::lock_guard const lock{mutex_};
    if (given_.empty()) detail::run_on(home_, [self = shared_from_this()] { self->pass_on(); });
    given_.emplace_back(target, charge);
  }
  /// On the session's worker: it has ended.
  void forget() noexcept { session_ = nullptr; }

 private:
  void pass_on() {
    std::vector<std::pair<wire::process, std::size_t>> all;
    {
      std::lock_guard const lock{mutex_};
      all.swap(given_);
    }
    if (session_)
      for (auto const& [target, charge] : all) session_->given_back(target, charge);
  }

  worker& home_;
  session* session_;  // of the worker alone
  std::mutex mutex_;
  std::vector<std::pair<wire::process, std::size_t>> given_;
};

}  // namespace snow

#pragma once

#include "snow/node/asio_poller.hpp"
// The line above configures Asio.
#include <asio/error_code.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "snow/node/offload_pool.hpp"
#include "snow/runtime/machine.hpp"
#include "snow/runtime/wake_up.hpp"
#include "snow/session/prover.hpp"

namespace snow {

/// A worker on an `asio::io_context` that the user runs: its turns are handlers of that context, one at a
/// time whatever threads run it, and none is pending while there is nothing to do.
class hosted_poller final : public asio_poller {
 public:
  /// `turn` runs one turn of the worker, on a thread that runs `io`, and tells whether others are to follow.
  hosted_poller(asio::io_context& io, std::function<bool()> turn)
      : asio_poller{io}, turn_{std::move(turn)}, timer_{io} {}

  void wait(time_point until) override { next_ = until; }
  void wake() noexcept override {
    if (request_.make()) post_turn();
  }
  bool sleeps() const noexcept override { return false; }

 private:
  // With the context's own executor: the type-erased one is much to compile.
  using timer =
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                 asio::io_context::executor_type>;

  // A handler may come up after the node is gone: only the user's context knows.
  void post_turn() {
    asio::post(io(), [alive = std::weak_ptr{alive_}, this] {
      if (!alive.expired()) take_turn();
    });
  }
  void take_turn() {
    request_.begin();
    if (!turn_()) return let_go();
    if (next_ == time_point::min()) return post_turn();
    if (next_ != time_point::max()) {
      timer_.expires_at(std::chrono::time_point_cast<timer::duration>(next_));
      timer_.async_wait([this](const asio::error_code& failed) {
        if (!failed) wake();
      });
    }
    if (!request_.end()) post_turn();
  }

  std::function<bool()> const turn_;
  timer timer_;
  time_point next_ = time_point::min();
  turn_request<> request_;
  std::shared_ptr<bool> const alive_ = std::make_shared<bool>(true);
};

/// The machine that a user's `io_context` is, whatever threads run it.
class hosting_context final : public machine {
 public:
  hosting_context(asio::io_context& io, std::size_t most_blocking) noexcept
      : io_{io}, most_blocking_{most_blocking} {}

  snow::clock& clock() noexcept override { return clock_; }
  snow::random& random() noexcept override { return random_; }
  std::unique_ptr<poller> make_poller(std::function<bool()> turn) override {
    return std::make_unique<hosted_poller>(io_, std::move(turn));
  }
  std::unique_ptr<offload> make_offload() override { return std::make_unique<offload_pool>(most_blocking_); }

  bool is_turning() const noexcept override { return io_.get_executor().running_in_this_thread(); }
  bool run_until(const std::function<bool()>& done) override {
    constexpr std::chrono::milliseconds look{10};
    while (!done()) {
      if (io_.stopped()) return false;
      io_.run_one_for(look);
    }
    return true;
  }

 private:
  asio::io_context& io_;
  std::size_t const most_blocking_;
  steady_clock clock_;
  openssl_random random_;
};

}  // namespace snow

#pragma once

#include "snow/base/config.hpp"
// Asio needs the line above.
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <memory>

#include "snow/runtime/poller.hpp"
#include "snow/runtime/wake_up.hpp"

namespace snow {

/// A worker's `asio::io_context`: its sockets are handled on the worker's thread, between two of its turns.
class asio_poller : public poller {
 public:
  // One thread runs it: Asio then wakes nobody needlessly.
  asio_poller()
      : own_{std::make_unique<asio::io_context>(1)}, io_{*own_}, keep_{asio::make_work_guard(io_)} {}

  void wait(time_point until) override {
    if (until == time_point::min()) {
      io_.poll();
      return;
    }
    // One ends the sleep: to look what came with it would be a system call between a request and its answer.
    if (until == time_point::max())
      io_.run_one();
    else
      io_.run_one_until(std::chrono::time_point_cast<duration>(until));
  }

  void wake() noexcept override {
    if (request_.make()) asio::post(io_, [this] { request_.take(); });
  }

  asio::io_context& io() noexcept { return io_; }

 protected:
  explicit asio_poller(asio::io_context& of_the_user) : io_{of_the_user}, keep_{asio::make_work_guard(io_)} {}
  /// Lets whoever runs the context return.
  void let_go() { keep_.reset(); }

 private:
  std::unique_ptr<asio::io_context> own_;
  asio::io_context& io_;
  asio::executor_work_guard<asio::io_context::executor_type> keep_;
  wake_request<> request_;
};

}  // namespace snow

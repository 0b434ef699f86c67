#pragma once

#include <chrono>

#include "snow/process/context.hpp"

namespace snow::detail {

/// Returns once an actor that `self` has just spawned on this node waits for the first time, or has ended;
/// whether it lives.
inline task<bool> first_wait(context& self, pid made) {
  // It may look at its first signals before its first instruction, but at none that is sent after that.
  for (int looks = 0; looks < 2; ++looks) {
    auto looking = self.info(made).within(std::chrono::hours{24});
    auto const seen = co_await as_result(std::move(looking));
    if (!seen && seen.error() == errc::no_process) co_return false;
  }
  co_return environment::current().actors().find(made) != nullptr;
}

}  // namespace snow::detail

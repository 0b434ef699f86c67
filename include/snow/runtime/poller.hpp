#pragma once

#include "snow/base/clock.hpp"

namespace snow {

/// Where a worker sleeps, and where bytes come from. `node/` brings the one over Asio.
class poller {
 public:
  virtual ~poller() = default;
  /// Handles what is ready on the calling worker; sleeps until there is something, `wake` was called or
  /// `until` has come. `time_point::min()`: only looks. `time_point::max()`: no bound.
  virtual void wait(time_point until) = 0;
  /// Any thread: ends the `wait` that is under way, or else the next one. What came before it is seen after
  /// that `wait`.
  virtual void wake() noexcept = 0;
  /// False where the thread is somebody else's: then `wait` only notes until when nothing is to do, and
  /// `wake` calls for the worker's next turn.
  virtual bool sleeps() const noexcept { return true; }
};

}  // namespace snow

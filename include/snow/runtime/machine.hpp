#pragma once

#include <functional>
#include <memory>

#include "snow/base/clock.hpp"
#include "snow/base/random.hpp"
#include "snow/runtime/offload.hpp"
#include "snow/runtime/poller.hpp"
#include "snow/runtime/tuning.hpp"

namespace snow {

/// What one node runs on when it has no threads of its own: who turns its workers, and its doors to the
/// outside. A context of the user's, or a simulated computer. It outlives its node.
class machine {
 public:
  virtual ~machine() = default;

  virtual snow::clock& clock() noexcept = 0;
  virtual snow::random& random() noexcept = 0;
  /// One for each worker. It does not sleep (`poller::sleeps`): `turn` is to be called when it was woken,
  /// when the time of its last `wait` has come, and tells whether it will ever have to be again.
  virtual std::unique_ptr<poller> make_poller(std::function<bool()> turn) = 0;
  virtual std::unique_ptr<offload> make_offload() = 0;
  virtual snow::tuning tuning() const noexcept { return {}; }

  /// Whether the caller is in a turn, and so must not wait for others.
  virtual bool is_turning() const noexcept = 0;
  /// Turns what is on it until `done`. False: it turns nothing any more.
  virtual bool run_until(const std::function<bool()>& done) = 0;
  /// It has crashed: its node ends where it stands, and nothing that it says reaches anybody.
  virtual bool is_down() const noexcept { return false; }
};

}  // namespace snow

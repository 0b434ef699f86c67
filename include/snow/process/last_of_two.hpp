#pragma once

#include <atomic>
#include <cstdint>

namespace snow::detail {

/// An actor's frames and something outside that works in them: if the actor ends first, it leaves the frames,
/// and the last of the two has them destroyed.
template <template <class> class Atomic = std::atomic>
class last_of_two {
 public:
  enum class finished : std::uint8_t {
    first,  ///< the actor is there, and is to be told
    early,  ///< the actor is leaving, and will find it finished
    last,   ///< the actor has left: who finishes has the frames destroyed
  };
  /// Outside, once. Then it touches nothing of the frames, unless it was the last.
  finished finish() noexcept {
    // acq_rel: what was done outside is seen by the actor; what the actor left is seen here.
    switch (state_.exchange(state::finished, std::memory_order_acq_rel)) {
      case state::leaving:
        return finished::early;
      case state::left:
        return finished::last;
      case state::both:
      case state::finished:
        break;
    }
    return finished::first;
  }

  /// The actor, which ends. False: the outside has finished, and the frames are the actor's alone. True: they
  /// stay, and the actor must say when it touches nothing of them any more.
  bool begin_to_leave() noexcept {
    state expected = state::both;
    return state_.compare_exchange_strong(expected, state::leaving, std::memory_order_acquire);
  }
  /// The actor. True: the outside has finished meanwhile, and the actor has the frames destroyed.
  bool leave() noexcept { return state_.exchange(state::left, std::memory_order_acq_rel) == state::finished; }

 private:
  enum class state : std::uint8_t { both, leaving, left, finished };

  Atomic<state> state_ = state::both;
};

}  // namespace snow::detail

#include "snow/process/last_of_two.hpp"

#include <array>
#include <string>
#include <vector>

#include "exploration/exploring.hpp"
#include "support/catch.hpp"

using exploration::atomic;
using exploration::event;
using exploration::everything;
using exploration::fault_of;
using exploration::holds;
using exploration::order;
using exploration::plain;
using exploration::require;
using exploration::unnoticed;

namespace {

using last_of_two = snow::detail::last_of_two<atomic>;

/// As `outside_operation`: a function works outside, its actor is killed, and a third worker buries the
/// frames.
template <class Frames>
struct killed {
  Frames frames;
  plain<int> value = 0;      // what the function gives
  plain<bool> owned = true;  // what the actor changes before it leaves
  plain<int> destroyed = 0;
  plain<bool> by_actor = false;
  event home;

  void destroy() {
    require(value == 1, "the function has ended when the frames go");
    destroyed = destroyed + 1;
  }
  void work_outside() {
    value = 1;
    if (frames.finish() == Frames::finished::last) home.signal();
  }
  void end_actor() {
    if (!frames.begin_to_leave()) {
      destroy();
      by_actor = true;
      return home.signal();
    }
    owned = false;
    if (frames.leave()) home.signal();
  }
  void bury() {
    home.wait();
    if (by_actor) return;
    require(!owned, "what the actor leaves has no owner");
    destroy();
  }
  void at_end() { require(destroyed == 1, "the frames are destroyed once"); }
  static constexpr std::array threads{&killed::work_outside, &killed::end_actor, &killed::bury};
};

/// As it was once: the frames are left before the actor has done with them.
struct left_too_early : last_of_two {
  bool begin_to_leave() {
    if (!last_of_two::begin_to_leave()) return false;
    too_late_ = last_of_two::leave();
    return true;
  }
  bool leave() { return too_late_; }

 private:
  bool too_late_ = false;
};

}  // namespace

TEST_CASE("explored: frames that something outside uses are destroyed once, by the last of the two",
          "[S-33]") {
  CHECK(holds<killed<last_of_two>>("frames that linger", everything));
}

TEST_CASE("explored: an actor that touches its frames after it has left them touches what may be gone") {
  CHECK(fault_of<killed<left_too_early>>() != "");
}

TEST_CASE("explored: each memory order of lingering frames is needed") {
  // Its failure needs that; of its success GCC wants no less (-Winvalid-memory-model).
  CHECK(unnoticed<killed<last_of_two>>("last_of_two.hpp", {.preemptions = 3, .stale_reads = 2}) ==
        std::vector<std::string>{"begin_to_leave: compare_exchange: acquire to relaxed"});
}

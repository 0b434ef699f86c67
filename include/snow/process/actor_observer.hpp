#pragma once

#include <string_view>

#include "snow/base/pid.hpp"
#include "snow/base/reason.hpp"

namespace snow {

/// Who is told of each start and each end of an actor of one node, as the history of a simulation is. Called
/// where it happens, so by several threads at once.
class actor_observer {
 public:
  /// Before it can run. `function` as reports name it: not each compiler spells each alike.
  virtual void on_start(const pid& who, std::string_view function) noexcept = 0;
  /// Before those who watch it are told.
  virtual void on_end(const pid& who, std::string_view function, const reason& why) noexcept = 0;

 protected:
  ~actor_observer() = default;
};

}  // namespace snow

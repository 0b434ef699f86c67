#pragma once

#include <string_view>

#include "snow/base/pid.hpp"
#include "snow/base/reason.hpp"
#include "snow/process/named.hpp"
#include "snow/runtime/envelope.hpp"

namespace snow {

/// Who is told what the actors of one node do, as tests are. Called where it happens, so by several threads
/// at once.
class actor_observer {
 public:
  /// Before it can run. `function` as reports name it: not each compiler spells each alike.
  virtual void on_start(const pid& /*who*/, std::string_view /*function*/) noexcept {}
  /// Before those who watch it are told.
  virtual void on_end(const pid& /*who*/, std::string_view /*function*/, const reason& /*why*/) noexcept {}
  /// Before it goes, also when nobody will get it. `from` is null for what a plain thread sends.
  virtual void on_send(const pid& /*from*/, const pid& /*to*/, const envelope& /*message*/) {}
  virtual void on_send(const pid& /*from*/, const named& /*to*/, const envelope& /*message*/) {}

 protected:
  ~actor_observer() = default;
};

}  // namespace snow

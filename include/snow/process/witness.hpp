#pragma once

#include "snow/base/pid.hpp"
#include "snow/process/named.hpp"
#include "snow/runtime/envelope.hpp"

namespace snow {

/// Sees every message that an actor of a node sends, before it goes, also one that nobody will get: for
/// tests. Called on the worker of `from`, who is null for what a plain thread sends.
class witness {
 public:
  virtual ~witness() = default;
  virtual void sends(const pid& from, const pid& to, const envelope& message) = 0;
  virtual void sends(const pid& from, const named& to, const envelope& message) = 0;
};

}  // namespace snow

#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "snow/cluster/store.hpp"
#include "snow/process.hpp"

namespace snow {

/// What who has a cluster-wide name receives when it could not be renewed: it is not its own any more, and
/// will be another's.
struct name_lost {
  std::string name;
  std::uint64_t epoch = 0;
};

template <>
inline constexpr bool told_by_own_node<name_lost> = true;

/// Whose a cluster-wide name is, as the store knew a moment ago.
struct name_owner {
  snow::pid pid;  ///< null: nobody's
  std::uint64_t epoch = 0;
};

/// The terms on which names are held.
struct name_terms {
  duration ttl = std::chrono::seconds{15};
  /// Every clock of the cluster goes this right at least: within one lease it shows not more than so much
  /// more or less than has passed, as a part of it. Who renews stops earlier by that, so that it has lost the
  /// name before anyone else can have it.
  double drift = 0.01;
  duration limit = std::chrono::seconds{5};  ///< of each word with the store

  /// How long a name is held by who asked for it then, by his own clock.
  duration usable() const noexcept {
    return duration{static_cast<duration::rep>(static_cast<double>(ttl.count()) * (1 - drift) / (1 + drift))};
  }
};

namespace detail {

/// Until when a name is held, by its node's clock. Written by its keeper, or by who gives it up.
class name_hold {
 public:
  explicit name_hold(time_point until) noexcept : until_{until.time_since_epoch().count()} {}
  time_point until() const noexcept { return time_point{duration{until_.load(std::memory_order_relaxed)}}; }
  /// False if it was given up.
  bool extend(time_point until) noexcept {
    auto held = until_.load(std::memory_order_relaxed);
    auto const to = std::max(held, until.time_since_epoch().count());
    return held != given_up && until_.compare_exchange_strong(held, to, std::memory_order_relaxed);
  }
  void give_up() noexcept { until_.store(given_up, std::memory_order_relaxed); }

 private:
  static constexpr duration::rep given_up = -1;  // before any moment
  std::atomic<duration::rep> until_;
};

struct release_name {
  const void* within_node = nullptr;
};

}  // namespace detail

/// A cluster-wide name that an actor has. Letting it go does not give it up: `release` does, and the actor's
/// end. Cheap to copy.
class global_name {
 public:
  global_name(std::string name, std::uint64_t epoch, const pid& keeper,
              std::shared_ptr<detail::name_hold> hold) noexcept
      : name_{std::move(name)}, epoch_{epoch}, keeper_{keeper}, hold_{std::move(hold)} {}

  const std::string& name() const noexcept { return name_; }
  /// Higher than that of whoever had the name before: what it guards refuses a lower one than it has seen.
  std::uint64_t epoch() const noexcept { return epoch_; }
  /// Whether it is this actor's at this moment, by its node's clock: before `name_lost` is received, too.
  bool is_held(const context& self) const noexcept { return self.now() < held_until(); }
  /// By that clock; later with each renewal, long ago once it is lost or given up.
  time_point held_until() const noexcept { return hold_->until(); }
  /// Gives it up at once, and tells the store.
  void release(context& self) const {
    hold_->give_up();
    self.send<detail::release_name>(keeper_);
  }

 private:
  std::string name_;
  std::uint64_t epoch_;
  pid keeper_;
  std::shared_ptr<detail::name_hold> hold_;
};

/// Names that one actor of the whole cluster has at most, as leases in a store.
///
/// A holder counts its lease from when it asked for it, the store from when it heard of it, and the holder
/// stops earlier by what clocks may differ (`name_terms::drift`): at no instant two actors hold one name
/// (S-84). What is held must be looked at when it counts, `is_held`, or fenced by the epoch. Names go by
/// lease only; who is cut off from the store loses his. Belongs to one actor, as its `context` does.
class global_names {
 public:
  global_names(context& self, std::shared_ptr<store> at, name_terms terms = {})
      : self_{&self}, store_{std::move(at)}, terms_{terms} {}

  /// Throws `name_in_use`, and as `store` does; then this actor does not have it.
  task<global_name> register_name(std::string name) const;
  task<name_owner> whereis(std::string name) const;

 private:
  context* self_;
  std::shared_ptr<store> store_;
  name_terms terms_;
};

}  // namespace snow

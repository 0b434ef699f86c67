#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "snow/base/bytes.hpp"
#include "snow/base/clock.hpp"
#include "snow/process.hpp"

namespace snow {

/// What stands under a key. `revision` grows with every put of the store: it fences what who had the key
/// before still says.
struct store_entry {
  bytes value;
  std::uint64_t revision = 0;
};

/// What who watches a key receives when it was put, or is gone: erased, revoked or run out.
struct store_changed {
  std::string key;
  std::optional<store_entry> entry;
};

/// A strongly consistent store of keys that live as long as a lease: of etcd's leases, transactions and
/// watches what names need. An external engine is an implementation of it; `embedded_store` is the one that
/// comes along.
///
/// All of it may be awaited by any actor of its node, for `limit` at most. Besides what is named, each throws
/// `no_connection`, `timed_out` (then nobody knows whether it came about) or `overloaded` (also while a store
/// that has just started does not know what it granted before).
class store {
 public:
  virtual ~store() = default;

  /// A lease: all that is put under it is gone once it has not been renewed for `ttl`, by the store's clock,
  /// from when the store heard of it. Never the same number again. `bad_arguments`: longer than the store
  /// grants.
  virtual task<std::uint64_t> grant(context& self, duration ttl, duration limit) = 0;
  /// False: it has run out, or was revoked. Then what was put under it is gone.
  virtual task<bool> renew(context& self, std::uint64_t lease, duration limit) = 0;
  /// Ends it, and what was put under it.
  virtual task<void> revoke(context& self, std::uint64_t lease, duration limit) = 0;
  /// The revision; none if there is something under that key. `not_allowed`: that lease has run out.
  virtual task<std::optional<std::uint64_t>> put_if_absent(context& self, std::string key, bytes value,
                                                           std::uint64_t lease, duration limit) = 0;
  virtual task<std::optional<store_entry>> get(context& self, std::string key, duration limit) = 0;
  /// From now on this actor receives `store_changed` of that key, until it ends or the way to the store is
  /// lost.
  virtual task<void> watch(context& self, std::string key, duration limit) = 0;
};

}  // namespace snow

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "snow/cluster/store.hpp"

namespace snow {

/// Of an embedded store, `start_store`.
struct store_options {
  /// The longest lease that it grants, now and before it was started again: for so long after its start it
  /// grants none, since it does not know what it granted before.
  duration longest = std::chrono::seconds{30};
  /// Revisions are counted from here: higher, with every start of the store, than it ever came. What is kept
  /// on disk, or the wall clock's microseconds, does.
  std::uint64_t first_revision = 0;
  /// No lease of a former start can be alive: it need not wait.
  bool first_start = false;
};

namespace detail {

struct store_grant {
  using reply_type = std::uint64_t;
  duration ttl{};
};
struct store_renew {
  using reply_type = bool;
  std::uint64_t lease = 0;
};
struct store_revoke {
  using reply_type = void;
  std::uint64_t lease = 0;
};
struct store_put {
  using reply_type = std::optional<std::uint64_t>;
  std::string key;
  bytes value;
  std::uint64_t lease = 0;
};
struct store_get {
  using reply_type = std::optional<store_entry>;
  std::string key;
};
struct store_watch {
  using reply_type = void;
  std::string key;
};

inline constexpr const char* name_of_store = "snow.store";

}  // namespace detail

/// Starts the embedded store on this node, which the others name (`embedded_store`), and gives its actor.
/// Throws as `context::spawn`: `name_in_use` where there is one.
///
/// All of it is in memory: while its node is down, names can neither be had nor looked up, but nothing that
/// it ever said becomes wrong.
pid start_store(context& self, const store_options& options);

/// The store that `start_store` has started on the node of that name.
class embedded_store final : public store {
 public:
  explicit embedded_store(std::string node) : at_{detail::name_of_store, std::move(node)} {}

  task<std::uint64_t> grant(context& self, duration ttl, duration limit) override {
    return ask<detail::store_grant>(self, limit, ttl);
  }
  task<bool> renew(context& self, std::uint64_t lease, duration limit) override {
    return ask<detail::store_renew>(self, limit, lease);
  }
  task<void> revoke(context& self, std::uint64_t lease, duration limit) override {
    return ask<detail::store_revoke>(self, limit, lease);
  }
  task<std::optional<std::uint64_t>> put_if_absent(context& self, std::string key, bytes value,
                                                   std::uint64_t lease, duration limit) override {
    return ask<detail::store_put>(self, limit, std::move(key), std::move(value), lease);
  }
  task<std::optional<store_entry>> get(context& self, std::string key, duration limit) override {
    return ask<detail::store_get>(self, limit, std::move(key));
  }
  task<void> watch(context& self, std::string key, duration limit) override {
    return ask<detail::store_watch>(self, limit, std::move(key));
  }

 private:
  template <class M, class... Args>
  task<typename M::reply_type> ask(context& self, duration limit, Args... args) {
    auto asking = self.ask<M>(at_, std::move(args)...).within(limit);
    co_return co_await std::move(asking);
  }

  named const at_;
};

}  // namespace snow

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "snow/cluster/behaviour.hpp"
#include "snow/cluster/embedded_store.hpp"
#include "snow/cluster/global_names.hpp"
#include "snow/cluster/group_scope.hpp"
#include "snow/cluster/groups.hpp"
#include "snow/cluster/name_keeper.hpp"
#include "snow/cluster/store_server.hpp"
#include "snow/cluster/supervising.hpp"
#include "snow/cluster/supervisor.hpp"

// The actors behind supervisors, groups, names and the store: compiled once for a project.

namespace snow {

// ---- supervisors

SNOW_COMPILED_ONCE actor supervisor(context& self, supervision what) {
  reason why;
  {
    detail::supervising all{self, std::move(what)};
    auto running = all.run();
    why = co_await std::move(running);
  }
  if (why == errc::normal) co_return;
  auto ending = detail::end_with(self, why);
  co_await std::move(ending);
}

// ---- groups

SNOW_COMPILED_ONCE task<groups> groups::open(context& self, std::string scope) {
  constexpr std::size_t longest = 200;
  if (scope.size() > longest) throw error{errc::bad_arguments, "the name of a scope has 200 bytes at most"};
  std::string const name = detail::name_of_scope(scope);
  pid at = self.whereis(name);
  if (!at) {
    try {
      at = self.spawn<&detail::run_group_scope>(spawn_options{.name = name}, scope);
    } catch (const error& e) {
      if (e != errc::name_in_use) throw;
      at = self.whereis(name);
    }
  }
  groups made{self, std::move(scope), at};
  made.view_ = co_await self.ask<detail::group_open>(at);
  co_return made;
}

// ---- the store

SNOW_COMPILED_ONCE pid start_store(context& self, const store_options& options) {
  return self.spawn<&detail::serve_store>(spawn_options{.name = detail::name_of_store}, options);
}

// ---- cluster-wide names

SNOW_COMPILED_ONCE task<global_name> global_names::register_name(std::string name) const {
  context& self = *self_;
  bytes const me = detail::bytes_of_pid(self.id());
  time_point const asked = self.now();
  time_point const until = asked + terms_.usable();
  std::uint64_t const lease = co_await store_->grant(self, terms_.ttl, terms_.limit);
  std::string key = "snow.names." + name;
  std::optional<std::uint64_t> epoch;
  std::exception_ptr failed;
  try {
    epoch = co_await store_->put_if_absent(self, std::move(key), me, lease, terms_.limit);
    if (epoch && self.now() < until) {
      auto const hold = std::make_shared<detail::name_hold>(until);
      pid const keeper =
          self.spawn<&detail::keep_global_name>(store_, name, *epoch, lease, self.id(), hold, terms_);
      co_return global_name{std::move(name), *epoch, keeper, hold};
    }
  } catch (const std::exception&) {
    failed = std::current_exception();
  }
  try {
    co_await store_->revoke(self, lease, terms_.limit);
  } catch (const std::exception&) {  // then it runs out
  }
  if (failed) std::rethrow_exception(failed);
  throw error{epoch ? errc::timed_out : errc::name_in_use, name};
}

SNOW_COMPILED_ONCE task<name_owner> global_names::whereis(std::string name) const {
  std::string key = "snow.names." + name;
  auto const entry = co_await store_->get(*self_, std::move(key), terms_.limit);
  name_owner owner;
  std::string why;
  if (entry && environment::current().decode(entry->value, owner.pid, why)) owner.epoch = entry->revision;
  co_return owner;
}

}  // namespace snow

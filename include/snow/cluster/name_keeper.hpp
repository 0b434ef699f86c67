#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "snow/cluster/global_names.hpp"
#include "snow/codec.hpp"
#include "snow/process.hpp"

namespace snow::detail {

inline bytes bytes_of_pid(const pid& p) {
  auto* const router = environment::current().router;
  byte_buffer out;
  writer w{out, router ? &router->names() : nullptr};
  encode_body(w, p);
  if (w.failed()) throw error{errc::not_serializable, w.why()};
  return bytes::copy_of(out.span());
}

/// Renews a name as long as its holder lives and has not given it up.
inline actor keep_global_name(context& self, std::shared_ptr<store> at, std::string name, std::uint64_t epoch,
                              std::uint64_t lease, pid holder, std::shared_ptr<name_hold> hold,
                              name_terms terms) {
  self.monitor(holder);
  time_point next = self.now() + terms.ttl / 3;
  for (bool wanted = true; wanted;) {
    duration const wait = std::max(std::min(next, hold->until()) - self.now(), duration{});
    co_await self.receive([&](const down&) { wanted = false; }, [&](release_name) { wanted = false; },
                          after(wait, [] {}));
    if (!wanted) break;
    time_point const sent = self.now();
    duration const left = hold->until() - sent;
    std::optional<bool> renewed = false;
    if (left > duration{}) {
      duration const limit = std::min({left, terms.limit, terms.ttl / 4});
      try {
        renewed = co_await at->renew(self, lease, limit);
      } catch (const std::exception&) {
        renewed = std::nullopt;  // nobody knows: once more, while there is time
      }
    }
    if (renewed == true) {
      if (!hold->extend(sent + terms.usable())) break;  // given up meanwhile
      next = sent + terms.ttl / 3;
    } else if (renewed == false) {
      hold->give_up();
      self.send<name_lost>(holder, name, epoch);
      co_return;
    } else {
      next = self.now() + terms.ttl / 20;
    }
  }
  hold->give_up();
  try {
    co_await at->revoke(self, lease, terms.limit);
  } catch (const std::exception&) {  // then it runs out
  }
}

}  // namespace snow::detail

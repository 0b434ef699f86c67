#pragma once

#include <string>

#include "snow/node/doors.hpp"
#include "snow/registry.hpp"

namespace snow {

/// What a node with a name has beside its workers. Made before the node starts.
class distribution {
 public:
  distribution(engine& e, const node_options& o, random& r)
      : creation_{r.next() | 1},
        names_{o.name, creation_, o.limits.node_names},
        network_{e, names_, r, o.limits, o.require},
        doors_{network_, names_, e, o, creation_, r} {
    network_.dial_by(doors_);
    e.on_departure(network_);
    e.env().router = &network_;
  }

  snow::network& network() noexcept { return network_; }

  /// Before anything listens. Throws `bad_name`, `bad_cookie`, `not_allowed`, `duplicate`.
  static void check(const node_options& o);

 private:
  std::uint64_t const creation_;
  name_table names_;
  snow::network network_;
  doors doors_;
};

inline void distribution::check(const node_options& o) {
  auto const name = node_name::parse(o.name);
  bool const local =
      node_address::parse(o.listen.empty() ? name.address : std::string_view{o.listen}).is_local();
  if (o.cookie.empty())
    throw error{errc::bad_cookie, "a node with a name needs a cookie, the same for all nodes of its cluster"};
  if (!local && o.cookie.size() < 32)
    throw error{errc::bad_cookie, "off loopback a cookie has at least 32 bytes, not " +
                                      std::to_string(o.cookie.size()) + ": snow::make_cookie() makes one"};
  if (!local && !o.plaintext && !o.transport)
    throw error{errc::not_allowed,
                "off loopback a node needs TLS, or plaintext = true where the network is trusted"};
}

/// Two functions under one name: nobody can tell which is meant.
inline void check_registry() {
  for (auto const& conflict : registry_conflicts())
    if (!conflict.second.plugin) throw error{errc::duplicate, conflict.to_string()};
}

}  // namespace snow

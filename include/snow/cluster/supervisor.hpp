#pragma once

#include "snow/cluster/supervision.hpp"
#include "snow/cluster/supervisor_requests.hpp"

namespace snow {

/// An actor that starts others, linked to it, restarts them when they end, as its strategy says, and stops
/// them when it ends: OTP's `supervisor`. Spawned linked, as its children are, it is a child like any other:
///
///     snow::supervision what{.strategy = snow::restart_strategy::rest_for_one, .children = {
///       {.id = "counter", .start = snow::start<counter>(10)},
///       {.id = "rates", .start = snow::start<rates>("EUR"), .nodes = {"b@h:1", "c@h:2"}},
///     }};
///     auto const sup = self.spawn_link<snow::supervisor>(what);
///
/// It takes the requests of `supervisor_requests.hpp`, and ends when its parent does or sends it an exit,
/// with that reason; with `shutdown` when it gives up, or shuts down by itself; with `exception` for a
/// specification that contradicts itself. Before, it stops its children. It reports each restart to the
/// node's log, as the event "supervisor". Other messages are dropped, and reported.
///
/// While it starts or stops a child it does nothing else. A start here is over once the child waits for the
/// first time, and has failed if it throws before; one on another node once the actor exists there, by the
/// deadlines of `connect` and of a spawn. A child must stay linked to its supervisor, and one that traps
/// exits must end by itself at an `exit_signal` of its parent.
actor supervisor(context& self, supervision what);

}  // namespace snow

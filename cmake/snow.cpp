// What a project compiles of snow once: everything behind snow::node.
#define SNOW_COMPILES_LIBRARY
#include "snow/node/implementation.hpp"

namespace snow {

template class basic_actor_table<cell>;
template class basic_mailbox<envelope>;
template class basic_run_queue<cell>;
template class inbox<cell>;
template class inbox<job>;
template class detail::answer_operation<connect_operation, peer>;
template class detail::answer_operation<remote_spawn, pid>;
template class detail::remote_start_operation<remote_spawn, pid>;
template class detail::answer_operation<remote_spawn_monitor, monitored>;
template class detail::remote_start_operation<remote_spawn_monitor, monitored>;
template class detail::answer_operation<remote_spawn_link, pid>;
template class detail::remote_start_operation<remote_spawn_link, pid>;

}  // namespace snow

// What a project compiles of snow once: everything behind snow::node.
#include "snow/node/implementation.hpp"

namespace snow {

// An inline function is part of this unit only if it is used here.
struct implementation {
  decltype(&make_node_core) make_core = &make_node_core;
  decltype(&peer::functions) functions = &peer::functions;
  decltype(&make_cookie) cookie = &make_cookie;
  decltype(&log_to_stderr) log = &log_to_stderr;
  decltype(&start_actor) start = &start_actor;
  void (environment::*end_all)() = &environment::end_all;
  decltype(&discard) throw_away = &discard;
  decltype(&detail::drop) drop = &detail::drop;
  decltype(&detail::drop_undecoded) drop_undecoded = &detail::drop_undecoded;
  decltype(&detail::refuse_asker) refuse_asker = &detail::refuse_asker;
  decltype(&detail::post_beyond) post_beyond = &detail::post_beyond;
  decltype(&detail::let_senders_go_on) let_senders_go_on = &detail::let_senders_go_on;
  remote_call<bool> (peer::*serves)(const function_key&) const = &peer::serves;
};
extern implementation const everything;
implementation const everything{};

}  // namespace snow

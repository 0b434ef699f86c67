#pragma once

#include <memory>
#include <string>
#include <utility>

#include "snow/codec.hpp"
#include "snow/process/message.hpp"
#include "snow/process/spawn.hpp"

namespace snow {

/// A registered function is to be started with arguments that came as bytes. `node/` fills it in, the
/// function's thunk (`function::start`) carries it out.
struct launch_request {
  environment& env;
  bytes arguments;  ///< a body: the names it uses, then the tuple of the kept arguments
  start_options options = {};
  reply_path call = {};  ///< of a call: where the value goes; no asker: a spawn

  pid started = {};
  errc status = errc::normal;
  std::string details = {};
};

namespace detail {

/// Starts `F`; nothing of it runs unless all arguments decode (S-20).
template <auto F>
void start_thunk(launch_request& r) {
  using kept = typename callable<F>::kept;
  auto arguments = kept();
  if (!r.env.decode(r.arguments, arguments, r.details)) {
    r.status = errc::bad_arguments;
    return;
  }
  try {
    launch& l = r.call.asker ? make_launch<call_launch_of<F>>(r.env, std::move(arguments), r.call)
                             : make_launch<launch_of<F>>(r.env, std::move(arguments));
    r.started = start_actor(r.env, l, r.options);
  } catch (const error& e) {
    r.status = e.which();
    r.details = e.details();
  }
}

}  // namespace detail

}  // namespace snow

#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "snow/base/config.hpp"
#include "snow/node/remote_operation.hpp"
#include "snow/process/call.hpp"
#include "snow/process/register.hpp"

namespace snow {

/// A function that another node serves.
struct served_function {
  std::string name;
  std::string signature;
  std::uint64_t fingerprint = 0;
  function_kind kind = function_kind::plain;
  std::string file;  ///< where it was registered
  std::uint32_t line = 0;
};

/// Another node, by its name: what it means stays the same when that node starts again. Copies are cheap
/// enough to keep. Only actors of the node that made it use it.
class peer {
 public:
  peer(remote_requests& network, std::string name) : network_{&network}, name_{std::move(name)} {}

  const std::string& name() const noexcept { return name_; }

  /// Starts `F` there.
  template <auto F, class... Args>
  detail::spawn_of<F> spawn(Args&&... args) const;
  /// The same for a function that is not linked into this program: found by its name there, its signature
  /// made of the decayed types of `args` as they stand.
  template <class... Args>
  remote_spawn spawn(std::string_view function, Args&&... args) const;
  /// The same as `spawn<F>` with a monitor that is in place before the first instruction of `F` (S-18).
  template <auto F, class... Args>
  detail::spawn_monitor_of<F> spawn_monitor(Args&&... args) const;
  /// The same with a link, likewise.
  template <auto F, class... Args>
  detail::spawn_link_of<F> spawn_link(Args&&... args) const;
  /// Runs `F` there and gives its value.
  template <auto F, class... Args>
  auto call(Args&&... args) const;

  /// What can be started there, in the order of the names.
  remote_call<std::vector<served_function>> functions() const;
  /// Whether `F` can be, with the signature that it has here.
  template <auto F>
  remote_call<bool> serves() const {
    return serves(function<F>);
  }
  remote_call<bool> serves(const function_key& f) const;

  friend bool operator==(const peer& a, const peer& b) noexcept { return a.name_ == b.name_; }

 private:
  remote_requests* network_;
  std::string name_;
};

namespace detail {

/// An argument of a function that is known by its name only: as it stands, text as a string.
template <class A>
using by_name_t =
    std::conditional_t<std::convertible_to<A, std::string_view> && !std::is_class_v<std::decay_t<A>>,
                       std::string, stored_t<std::decay_t<A>>>;
template <class Kept>
const std::string& by_name_text() {
  static const std::string text = shape_of<Kept>();
  return text;
}

/// The arguments of a function that runs elsewhere, converted as a call here would convert them, and encoded
/// now.
template <class Kept>
result<remote_start> start_of(std::string function, std::string_view signature, std::uint64_t fingerprint,
                              const Kept& arguments) {
  remote_start what{std::move(function), signature, fingerprint, {}};
  writer w{what.arguments, &environment::current().router->names()};
  encode_body(w, arguments);
  if (w.failed()) return error{errc::not_serializable, what.function + ": " + w.why()};
  return what;
}

template <auto F, class... Args>
result<remote_start> start_of_function(Args&&... args) {
  using kept = typename callable<F>::kept;
  static_assert(
      serializable<kept>,
      "snow: what runs on another node takes arguments that can be sent: one of this function's parameters "
      "has no codec: make it an aggregate, or specialise snow::codec for it");
  try {
    return start_of<kept>(std::string{name_of_function<F>()}, signature_text<F>(), signature_of<F>,
                          keep<kept>(std::forward<Args>(args)...));
  } catch (const error& e) {
    return e;
  }
}

}  // namespace detail

template <auto F, class... Args>
detail::spawn_of<F> peer::spawn(Args&&... args) const {
  return {*worker::current()->running, network_, name_,
          detail::start_of_function<F>(std::forward<Args>(args)...)};
}

template <auto F, class... Args>
detail::spawn_monitor_of<F> peer::spawn_monitor(Args&&... args) const {
  return {*worker::current()->running, network_, name_,
          detail::start_of_function<F>(std::forward<Args>(args)...)};
}

template <auto F, class... Args>
detail::spawn_link_of<F> peer::spawn_link(Args&&... args) const {
  return {*worker::current()->running, network_, name_,
          detail::start_of_function<F>(std::forward<Args>(args)...)};
}

template <class... Args>
remote_spawn peer::spawn(std::string_view function, Args&&... args) const {
  using kept = std::tuple<detail::by_name_t<Args>...>;
  return {*worker::current()->running, network_, name_,
          detail::start_of<kept>(std::string{function}, detail::by_name_text<kept>(),
                                 detail::parameters_of<kept>, kept{std::forward<Args>(args)...})};
}

template <auto F, class... Args>
auto peer::call(Args&&... args) const {
  static_assert(
      serializable<detail::value_of<detail::call_result<F>>>,
      "snow: what a remote call gives must be sent back: this function's result has no codec: make it an "
      "aggregate, or specialise snow::codec for it");
  return remote_call<detail::call_result<F>>{*worker::current()->running, network_, name_,
                                             detail::start_of_function<F>(std::forward<Args>(args)...)};
}

/// `co_await node.connect("b@127.0.0.1:4001")`: retries until its deadline. Throws at once what trying again
/// cannot mend, `bad_name`, `bad_cookie`, `bad_version`, `name_in_use`, `not_allowed`, `protocol_violation`,
/// `function_not_found` and `signature_mismatch` (`node_options.require`); `overloaded` (`limits.peers`),
/// `no_connection` (`disconnect` was called, or the connection was lost at once), `shutting_down`; and
/// `timed_out`, with what went wrong last.
class [[nodiscard]] connect_operation : public detail::answer_operation<connect_operation, peer> {
  using base = detail::answer_operation<connect_operation, peer>;
  friend base;

 public:
  connect_operation(cell& c, remote_requests* network, std::string node)
      : base{c}, network_{network}, node_{std::move(node)} {}

  /// The token of a reply that tells of a failed try which is not the last.
  static constexpr std::uint64_t others_follow = 1;

 private:
  errc submit(std::string& details) {
    if (!network_) {
      details = "a local node connects to nobody: give it a name";
      return errc::bad_name;
    }
    return network_->connect(node_, cell_->id(), number, details);
  }
  void give_up() { network_->give_up_connect(node_, cell_->id(), number); }
  bool on_news(reply& r) {
    if (r.token != others_follow) return false;
    last_try_ = static_cast<failed_reply&>(r).details;
    return true;
  }
  std::string subject() const {
    std::string text = "connect " + node_;
    return last_try_.empty() ? text : text.append(": the last try: ").append(last_try_);
  }

  remote_requests* network_;
  std::string node_;
  std::string last_try_;
};

SNOW_INSTANTIATED_ONCE(class detail::answer_operation<connect_operation, peer>)

}  // namespace snow

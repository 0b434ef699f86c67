#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "snow/base/config.hpp"
#include "snow/codec/byte_buffer.hpp"
#include "snow/node/request_kind.hpp"
#include "snow/process/answer_operation.hpp"
#include "snow/process/context.hpp"
#include "snow/process/linking.hpp"

namespace snow {

/// What a SPAWN says of the function that is to run on the other node.
struct remote_start {
  std::string function;
  std::string_view signature;  ///< text of the caller's, for errors
  std::uint64_t fingerprint = 0;
  byte_buffer arguments;  ///< a message body
};

/// The side of the network that operations of actors talk to: on the actor's worker.
class remote_requests {
 public:
  virtual ~remote_requests() = default;

  struct request {
    pid asker;
    std::uint64_t number = 0;
    std::uint64_t token = 0;
    request_kind kind = request_kind::spawn;
    bool watched = false;
    bool linked = false;
  };
  /// Sends a SPAWN to the node of that name, or says why not. Sets `where` to the incarnation that it went
  /// to.
  virtual errc start(std::string_view node, const request& r, const remote_start& what, node_id& where,
                     std::string& details) = 0;
  /// Nobody waits for it any longer.
  virtual void abandon(const pid& asker, node_id where, std::uint64_t number) = 0;

  /// Connects, unless it is connected already; answers with a `value_reply<peer>` or fails.
  virtual errc connect(std::string_view node, const pid& asker, std::uint64_t number,
                       std::string& details) = 0;
  virtual void give_up_connect(std::string_view node, const pid& asker, std::uint64_t number) = 0;
};

namespace detail {

/// What remote spawn and remote call share. An argument that cannot be sent is told when it is awaited.
template <class Derived, class R>
class remote_start_operation : public answer_operation<Derived, R> {
  using base = answer_operation<Derived, R>;
  friend base;

 public:
  remote_start_operation(cell& c, remote_requests* network, std::string node, result<remote_start> what)
      : base{c}, network_{network}, node_{std::move(node)}, what_{std::move(what)} {}

 protected:
  enum class hold : std::uint8_t { none, monitor, link };
  errc submit_as(request_kind kind, hold by, std::string& details) {
    if (!what_) {
      details = what_.error().details();
      return what_.error().which();
    }
    // A SPAWN_REPLY ends a spawn, and nothing else does: it comes in the session of its request (S-51).
    if (kind == request_kind::call) this->token_ = environment::current().router->new_token();
    return network_->start(
        node_, {this->cell_->id(), this->number, this->token_, kind, by == hold::monitor, by == hold::link},
        *what_, where_, details);
  }
  void give_up() { network_->abandon(this->cell_->id(), where_, this->number); }
  std::string subject() const {
    std::string text = what_ ? what_->function : "a function";
    text.append(" on ").append(node_);
    if (this->status() == errc::signature_mismatch) text.append(", called here as ").append(what_->signature);
    return text;
  }

 private:
  remote_requests* network_;
  std::string node_;
  result<remote_start> what_;
  node_id where_ = no_node;
};

}  // namespace detail

/// `co_await peer.spawn<f>(args...)`: the pid of the new actor. Throws `function_not_found`,
/// `signature_mismatch`, `bad_arguments`, `not_serializable`, `not_allowed`, `overloaded`, `shutting_down`,
/// and the two after which it may run, `no_connection` and `timed_out`.
class [[nodiscard]] remote_spawn : public detail::remote_start_operation<remote_spawn, pid> {
  using base = detail::remote_start_operation<remote_spawn, pid>;
  friend detail::answer_operation<remote_spawn, pid>;

 public:
  using base::base;

 private:
  errc submit(std::string& details) { return submit_as(request_kind::spawn, hold::none, details); }
};

/// The same with a monitor that is in place before the new actor's first instruction (S-18).
class [[nodiscard]] remote_spawn_monitor
    : public detail::remote_start_operation<remote_spawn_monitor, monitored> {
  using base = detail::remote_start_operation<remote_spawn_monitor, monitored>;
  friend detail::answer_operation<remote_spawn_monitor, monitored>;

 public:
  using base::base;

 private:
  errc submit(std::string& details) { return submit_as(request_kind::spawn, hold::monitor, details); }
  bool on_news(reply& r) {
    // A `down` may lie behind this reply in the mailbox already.
    if (r.is == reply::form::value)
      attached(*cell_).watching.emplace(number, static_cast<value_reply<monitored>&>(r).value.pid);
    return false;
  }
};

/// The pid of the child of a linked spawn: it came linked, so this is its LINK too. Whoever does not take it
/// ends the child (S-49, S-50).
struct linked_reply : value_reply<pid> {
  link_signal link;
  bool taken = false;

  linked_reply(const pid& child, const link_signal& s) : value_reply<pid>{child}, link{s} {}
  linked_reply(linked_reply&&) = delete;
  ~linked_reply() {
    if (!taken) detail::refuse_link(environment::current(), link, errc::abandoned);
  }
};

/// The same with a link that is in place before the new actor's first instruction (S-18).
class [[nodiscard]] remote_spawn_link : public detail::remote_start_operation<remote_spawn_link, pid> {
  using base = detail::remote_start_operation<remote_spawn_link, pid>;
  friend detail::answer_operation<remote_spawn_link, pid>;

 public:
  using base::base;

 private:
  errc submit(std::string& details) { return submit_as(request_kind::spawn, hold::link, details); }
  bool on_news(reply& r) {
    // An EXIT may lie behind this reply in the mailbox already.
    if (r.is == reply::form::value) {
      auto& child = static_cast<linked_reply&>(r);
      child.taken = true;
      detail::take_link(*cell_, child.link);
    }
    return false;
  }
};

namespace detail {

/// A spawn of a function that declares what it takes: gives a `ref` in the place of the pid.
template <class Operation, class To>
class [[nodiscard]] typed_spawn : public Operation {
 public:
  using value_type = To;
  using Operation::Operation;
  explicit typed_spawn(Operation&& op) : Operation{std::move(op)} {}

  typed_spawn within(duration limit) && { return typed_spawn{static_cast<Operation&&>(*this).within(limit)}; }
  To await_resume() { return take().value(); }
  result<To> take() {
    return Operation::take().transform([](const auto& made) {
      if constexpr (std::same_as<Operation, remote_spawn_monitor>) {
        return To{known_as<decltype(To::pid)>(made.pid), made.monitor};
      } else {
        return known_as<To>(made);
      }
    });
  }
};
template <auto F>
using spawn_of =
    std::conditional_t<std::same_as<known_by<F>, pid>, remote_spawn, typed_spawn<remote_spawn, known_by<F>>>;
template <auto F>
using spawn_monitor_of = std::conditional_t<std::same_as<known_by<F>, pid>, remote_spawn_monitor,
                                            typed_spawn<remote_spawn_monitor, monitored_as<known_by<F>>>>;
template <auto F>
using spawn_link_of = std::conditional_t<std::same_as<known_by<F>, pid>, remote_spawn_link,
                                         typed_spawn<remote_spawn_link, known_by<F>>>;

}  // namespace detail

/// `co_await peer.call<f>(args...)`: what `f` returns there; nothing, of an actor, once it has ended
/// normally. Throws what `remote_spawn` throws, and the callee's failure. Given up, the callee is ended with
/// `abandoned`.
template <class R>
class [[nodiscard]] remote_call : public detail::remote_start_operation<remote_call<R>, R> {
  using base = detail::remote_start_operation<remote_call<R>, R>;
  friend detail::answer_operation<remote_call<R>, R>;

 public:
  using base::base;

 private:
  errc submit(std::string& details) { return this->submit_as(request_kind::call, base::hold::none, details); }
};

SNOW_INSTANTIATED_ONCE(class detail::answer_operation<remote_spawn, pid>)
SNOW_INSTANTIATED_ONCE(class detail::remote_start_operation<remote_spawn, pid>)
SNOW_INSTANTIATED_ONCE(class detail::answer_operation<remote_spawn_monitor, monitored>)
SNOW_INSTANTIATED_ONCE(class detail::remote_start_operation<remote_spawn_monitor, monitored>)
SNOW_INSTANTIATED_ONCE(class detail::answer_operation<remote_spawn_link, pid>)
SNOW_INSTANTIATED_ONCE(class detail::remote_start_operation<remote_spawn_link, pid>)

}  // namespace snow

#pragma once

#include <optional>
#include <string>
#include <utility>

#include "snow/process/answer_operation.hpp"
#include "snow/process/send.hpp"

namespace snow {

namespace detail {

/// Whether asking `target` would close a circle of actors each of which waits for the next one's answer,
/// which only that one can give (S-58). Known among the actors of one worker. O(length of the chain), at
/// most 64.
inline bool closes_circle(const cell& asker, const cell* target) noexcept {
  for (int hops = 0; target && hops < 64; ++hops) {
    if (target == &asker) return true;
    cell* const next = target->asks.load(std::memory_order_acquire);
    if (!next || !target->inbox.is_idle()) return false;
    target = next;
  }
  return false;
}

template <class M>
struct answer_of {
  static_assert(
      request<M>,
      "snow: ask<M> takes a request: give the message `using reply_type = ...;`, what it is answered "
      "with, or send it");
  using type = void;
};
template <request M>
struct answer_of<M> {
  using type = typename M::reply_type;
};

}  // namespace detail

/// `co_await self.ask<M>(to, args...)`: the answer, an `M::reply_type`. Throws `timed_out`, `no_process`,
/// `no_connection`, `would_deadlock`, `overloaded`, `signature_mismatch`, or the callee's exit reason, each
/// as soon as it is known.
template <class M>
class [[nodiscard]] ask_operation
    : public detail::answer_operation<ask_operation<M>, typename detail::answer_of<M>::type> {
  using answer = typename detail::answer_of<M>::type;
  using base = detail::answer_operation<ask_operation<M>, answer>;
  friend base;
  using letter_type = request_letter<M>;

 public:
  template <class... Args>
  ask_operation(cell& c, const pid& to, Args&&... args) : base{c}, asked_{to} {
    build(std::forward<Args>(args)...);
  }
  template <class... Args>
  ask_operation(cell& c, const named& to, Args&&... args) : base{c}, name_{to} {
    build(std::forward<Args>(args)...);
  }
  ask_operation(ask_operation&& other) noexcept
      : base{std::move(other)},
        asked_{other.asked_},
        name_{std::move(other.name_)},
        letter_{std::exchange(other.letter_, nullptr)} {}
  ~ask_operation() {
    if (letter_) dispose(letter_);
  }

 private:
  template <class... Args>
  void build(Args&&... args) {
    letter_ = detail::build<letter_type, M>(environment::current(),
                                            std::tuple{reply_path{this->cell_->id(), this->number, 0}},
                                            std::forward<Args>(args)...);
  }
  errc submit(std::string& details) {
    environment& env = environment::current();
    // Also of a question within the node: the right to answer it may travel to another (S-52).
    if (env.router) letter_->path.token = this->token_ = env.router->new_token();
    if (env.observer) show(*env.observer);
    if (name_) {
      if (!env.is_here(*name_)) return submit_remote(env, *name_, details);
      asked_ = env.names.find(name_->name());
    }
    if (!asked_) return errc::no_process;
    if (asked_.node != this_node) return submit_remote(env, asked_, details);

    cell* const target = env.actors().find(asked_);
    if (!target) return errc::no_process;
    cell& me = *this->cell_;
    if (detail::closes_circle(me, target)) return errc::would_deadlock;
    me.asks.store(target, std::memory_order_release);
    detail::post(env, asked_, *std::exchange(letter_, nullptr));
    return errc::normal;
  }
  void show(actor_observer& o) const {
    pid const me = this->cell_->id();
    if (name_)
      o.on_send(me, *name_, *letter_);
    else
      o.on_send(me, asked_, *letter_);
  }
  template <class Target>
  errc submit_remote(environment& env, const Target& to, std::string& details) {
    if (!env.router) return errc::no_connection;
    outgoing const out = outgoing_of(letter_->value);
    if (!out.encode) {
      details = std::string{name_of<M>}.append(" has no codec or no portable name");
      return errc::not_serializable;
    }
    question const q{this->number, this->token_, key_of<detail::value_of<answer>>()};
    routing const way = env.router->send(this->cell_->id(), to, out, &q);
    dispose(std::exchange(letter_, nullptr));
    asked_.node = way.node;
    if (way.what == routed::congested) detail::pace(*this->cell_, {way.node, 0, 0});
    return failure_of(way.what);
  }
  void give_up() {
    if (asked_.node != this_node)
      environment::current().router->forget(this->cell_->id(), asked_.node, this->number);
  }
  std::string subject() const { return std::string{"ask "}.append(name_of<M>); }

  pid asked_;
  std::optional<named> name_;
  letter_type* letter_ = nullptr;
};

}  // namespace snow

#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include "snow/process/answer_operation.hpp"
#include "snow/process/spawn.hpp"

namespace snow {

/// `co_await self.call<f>(args...)`: what `f` returns (nothing, for an actor), run in an actor of its own,
/// which is ended with `abandoned` when the caller waits no longer. Throws its failure.
template <auto F>
class [[nodiscard]] call_operation
    : public detail::answer_operation<call_operation<F>, detail::call_result<F>> {
  using base = detail::answer_operation<call_operation<F>, detail::call_result<F>>;
  friend base;
  using kept = typename detail::callable<F>::kept;

 public:
  call_operation(cell& c, kept&& arguments) : base{c}, kept_(std::move(arguments)) {}
  call_operation(call_operation&&) = default;

 private:
  errc submit(std::string& details) {
    environment& env = environment::current();
    pid const me = this->cell_->id();
    try {
      launch& l = detail::make_launch<detail::call_launch_of<F>>(env, std::move(kept_),
                                                                 reply_path{me, this->number, 0});
      callee_ = start_actor(env, l, {.parent = me});
      return errc::normal;
    } catch (const error& e) {
      details = e.details();
      return e.which();
    }
  }
  void give_up() {
    signal_exit(environment::current(), callee_, {this->cell_->id(), errc::abandoned, false, true});
  }
  std::string subject() const { return std::string{"call "}.append(detail::spelled_function<F>()); }

  kept kept_;
  pid callee_;
};

}  // namespace snow

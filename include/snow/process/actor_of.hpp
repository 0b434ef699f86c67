#pragma once

#include <source_location>
#include <type_traits>
#include <utility>

#include "snow/process/ref.hpp"
#include "snow/process/task.hpp"

namespace snow {

namespace detail {

/// The sentence for a behaviour that lacks a handler; the compiler names both lists beside it.
template <class Takes, class Handled>
struct must_handle {
  static_assert(Takes::template within<Handled>,
                "snow: this actor declares a message that none of its handlers takes: add a handler for it, "
                "or take it out of the snow::takes<...> of its actor_of");
};

}  // namespace detail

/// The result type of an actor function that declares what it takes: `snow::actor_of<tallies>
/// f(snow::context& self, Args...)`. Spawning it gives a `ref<tallies>`. The handlers of `snow::serve` and
/// `snow::state_machine` are held against it; those of a plain `receive` are not, since each may take a part
/// only.
template <class P>
class [[nodiscard]] actor_of : public actor {
 public:
  struct promise_type : actor::promise_type {
    actor_of get_return_object() noexcept { return actor_of{this}; }
    template <class Operation>
    auto await_transform(Operation&& op,
                         std::source_location where = std::source_location::current()) noexcept {
      if constexpr (requires { typename std::remove_cvref_t<Operation>::handled; })
        static_cast<void>(sizeof(detail::must_handle<P, typename std::remove_cvref_t<Operation>::handled>));
      return coroutine_frame::await_transform(std::forward<Operation>(op), where);
    }
  };

 private:
  explicit actor_of(promise_type* f) noexcept : actor{f} {}
};

}  // namespace snow

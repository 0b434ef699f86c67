#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "snow/node/peer.hpp"
#include "snow/process/context_bodies.hpp"

namespace snow {

struct supervision;
actor supervisor(context& self, supervision what);

/// Which start of a child this is: it grows with each start that one supervisor makes, and with the next
/// supervisor of a node that was not started again meanwhile. Who is told something by children keeps the
/// greatest epoch that it has seen, and refuses what comes with a smaller one: that fences off a child that
/// was given up and is still running.
struct epoch {
  std::uint64_t number = 0;
  friend constexpr auto operator<=>(const epoch&, const epoch&) noexcept = default;
};

namespace detail {

template <auto F>
inline constexpr bool takes_epoch = false;
template <auto F>
requires(callable<F>::arity > 0) inline constexpr bool takes_epoch<F> =
    std::same_as<std::tuple_element_t<0, typename callable<F>::kept>, epoch>;
template <auto F>
inline constexpr bool is_supervisor = false;
template <auto F>
requires std::same_as < std::remove_cvref_t<decltype(F)>, actor(*)
(context&, supervision) > inline constexpr bool is_supervisor<F> = F == &supervisor;

struct child_function {
  virtual ~child_function() = default;
  virtual pid start(context& self, epoch e) const = 0;
  virtual remote_spawn_link start(const peer& there, epoch e) const = 0;

  std::string_view name;
  bool supervises = false;
  bool travels = false;
};

template <auto F>
struct child_function_of final : child_function {
  using kept = typename callable<F>::kept;

  explicit child_function_of(kept&& given) : arguments(std::move(given)) {
    name = spelled_function<F>();
    supervises = is_supervisor<F>;
    travels = serializable<kept>;
  }
  pid start(context& self, epoch e) const override {
    return std::apply([&](const auto&... a) { return self.spawn_link<F>(a...); }, with(e));
  }
  remote_spawn_link start(const peer& there, epoch e) const override {
    if constexpr (serializable<kept>) {
      return std::apply([&](const auto&... a) { return there.spawn_link<F>(a...); }, with(e));
    } else {
      throw error{errc::not_serializable, std::string{name}};
    }
  }
  kept with(epoch e) const {
    kept copy = arguments;
    if constexpr (takes_epoch<F>) std::get<0>(copy) = e;
    return copy;
  }

  kept arguments;
};

}  // namespace detail

/// A function and its arguments, to be started here or on another node any number of times. Made by
/// `snow::start`. Copies share what they hold; nobody changes it.
class child_start {
 public:
  child_start() = default;

  explicit operator bool() const noexcept { return function_ != nullptr; }
  std::string_view function() const noexcept { return function_->name; }
  /// Whether it starts a `snow::supervisor`.
  bool is_supervisor() const noexcept { return function_->supervises; }
  /// Whether it can be started on another node: all of its arguments can be sent.
  bool travels() const noexcept { return function_->travels; }

  /// Linked to the caller, as `context::spawn_link`.
  pid here(context& self, epoch e) const { return function_->start(self, e); }
  /// As `peer::spawn_link`; throws `not_serializable` unless it travels.
  remote_spawn_link on(const peer& there, epoch e) const { return function_->start(there, e); }

 private:
  template <auto F, class... Args>
  friend child_start start(Args&&... args);

  std::shared_ptr<const detail::child_function> function_;
};

/// `F` with copies of these arguments, converted as `spawn` converts them (`bad_arguments`). If its first
/// parameter behind the context is a `snow::epoch`, that is left out here and filled in at each start.
template <auto F, class... Args>
child_start start(Args&&... args) {
  using kept = typename detail::callable<F>::kept;
  static_assert(std::copy_constructible<kept>,
                "snow: start<f>(args...) starts f any number of times, with copies of its arguments: all of "
                "its parameters must be copyable");
  child_start made;
  if constexpr (!std::copy_constructible<kept>) {
  } else if constexpr (detail::takes_epoch<F>) {
    made.function_ = std::make_shared<const detail::child_function_of<F>>(
        detail::keep<kept>(epoch{}, std::forward<Args>(args)...));
  } else {
    made.function_ =
        std::make_shared<const detail::child_function_of<F>>(detail::keep<kept>(std::forward<Args>(args)...));
  }
  return made;
}

}  // namespace snow

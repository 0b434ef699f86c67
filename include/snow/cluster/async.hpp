#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "snow/cluster/can_copy.hpp"
#include "snow/node.hpp"
#include "snow/process.hpp"

namespace snow {

/// A function that runs while its starter does something else: what `async` gives. It belongs to the actor
/// that started it, and is cancelled when it is destroyed, with the actor's frames at the latest.
template <class R>
class [[nodiscard]] async_task {
 public:
  using value_type = R;

  explicit async_task(const pid& keeper) noexcept : keeper_{keeper} {}
  async_task(async_task&& other) noexcept : keeper_{std::exchange(other.keeper_, pid{})} {}
  async_task& operator=(async_task&& other) noexcept {
    std::swap(keeper_, other.keeper_);
    return *this;
  }
  ~async_task() { cancel(); }

  /// Ends what runs, with `abandoned`, on whatever node; who awaits it then is told `abandoned`. Does nothing
  /// when it was moved from or cancelled before.
  void cancel() noexcept {
    if (pid const k = std::exchange(keeper_, pid{}))
      signal_exit(environment::current(), k, {{}, errc::abandoned, false, true});
  }
  const pid& keeper() const noexcept { return keeper_; }

 private:
  pid keeper_;  ///< the actor that calls the function and keeps what it gave
};

namespace detail {

/// Asked by those who await; never leave their node.
template <class R>
struct task_value {
  using reply_type = R;
};
struct task_end {
  using reply_type = void;
};

/// Until its owner needs it no longer. A value that can be copied is kept, since who asked for it may have
/// been told `timed_out` meanwhile.
template <class R>
task<> keep_value(context& self, result<R> got) {
  auto const tell = [&](task_value<R>, reply_to<R> answer) {
    if (!got) {
      answer.fail(got.error().which(), got.error().details());
    } else if constexpr (std::is_void_v<R>) {
      answer();
    } else if constexpr (can_copy<R>()) {
      answer(*got);
    } else {
      answer(*std::move(got));
    }
  };
  for (;;) co_await self.receive(tell, [](task_end) {});
}

inline constexpr duration for_ever = std::chrono::hours{24 * 365 * 100};

template <auto F>
actor keep_here(context& self, typename callable<F>::kept arguments) {
  auto running = call_operation<F>{*self.owner, std::move(arguments)}.within(for_ever);
  auto got = co_await as_result(std::move(running));
  auto keeping = keep_value(self, std::move(got));
  co_await std::move(keeping);
}
template <auto F>
actor keep_there(context& self, peer where, typename callable<F>::kept arguments) {
  auto calling = std::apply([&](auto&... a) { return where.call<F>(a...); }, arguments);
  auto running = std::move(calling).within(for_ever);
  auto got = co_await as_result(std::move(running));
  auto keeping = keep_value(self, std::move(got));
  co_await std::move(keeping);
}

/// What the three ways to await share: each asks keepers, and tells their replies apart by the token, which
/// means nothing within a node.
template <class Derived, class R>
class awaiting_tasks : public answer_operation<Derived, R> {
 public:
  explicit awaiting_tasks(cell& c) noexcept : answer_operation<Derived, R>{c} {}

 protected:
  template <class M>
  errc ask_keeper(const pid& keeper, std::size_t place) {
    if (!keeper) return errc::abandoned;
    environment& env = environment::current();
    post(env, keeper,
         *build<request_letter<M>, M>(env, std::tuple{reply_path{this->cell_->id(), this->number, place}}));
    return errc::normal;
  }
  void give_up() const noexcept {}
  std::string subject() const { return "async"; }
};

template <class R>
class [[nodiscard]] await_operation : public awaiting_tasks<await_operation<R>, R> {
  using base = awaiting_tasks<await_operation<R>, R>;
  friend answer_operation<await_operation<R>, R>;

 public:
  await_operation(cell& c, const pid& keeper) noexcept : base{c}, keeper_{keeper} {}

 private:
  errc submit(std::string&) { return this->template ask_keeper<task_value<R>>(keeper_, 0); }

  pid keeper_;
};

class [[nodiscard]] await_any_operation : public awaiting_tasks<await_any_operation, void> {
  using base = awaiting_tasks<await_any_operation, void>;
  friend answer_operation<await_any_operation, void>;

 public:
  using value_type = std::size_t;
  await_any_operation(cell& c, std::vector<pid> keepers) noexcept : base{c}, keepers_{std::move(keepers)} {}

  std::size_t await_resume() { return take().value(); }
  result<std::size_t> take() {
    if (first_) return *first_;
    return base::take().error();
  }

 private:
  errc submit(std::string& details) {
    details = keepers_.empty() ? "no task to await" : "";
    if (keepers_.empty()) return errc::bad_arguments;
    for (std::size_t i = 0; i < keepers_.size(); ++i)
      if (ask_keeper<task_end>(keepers_[i], i) != errc::normal) {
        first_ = i;
        return errc::abandoned;
      }
    return errc::normal;
  }
  bool on_news(reply& r) noexcept {
    first_ = r.token;
    return false;
  }

  std::vector<pid> keepers_;
  std::optional<std::size_t> first_;
};

/// `Places` are a tuple of optionals or a vector of them.
template <class Places, class Values>
class [[nodiscard]] await_all_operation : public awaiting_tasks<await_all_operation<Places, Values>, void> {
  using base = awaiting_tasks<await_all_operation, void>;
  friend answer_operation<await_all_operation, void>;

 public:
  using value_type = Values;
  await_all_operation(cell& c, std::vector<pid> keepers)
      : base{c}, keepers_{std::move(keepers)}, left_{keepers_.size()} {
    if constexpr (!is_tuple<Places>) places_.resize(left_);
  }

  bool await_ready() const noexcept { return left_ == 0; }
  Values await_resume() { return take().value(); }
  result<Values> take() {
    if (left_ != 0) return base::take().error();
    if constexpr (is_tuple<Places>) {
      return std::apply([](auto&... p) { return Values{*std::move(p)...}; }, places_);
    } else {
      Values all;
      all.reserve(places_.size());
      for (auto& p : places_) all.push_back(*std::move(p));
      return all;
    }
  }

 private:
  errc submit(std::string&) {
    auto how = errc::normal;
    if constexpr (is_tuple<Places>) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (void)((how = ask<typename std::tuple_element_t<I, Places>::value_type>(I), how == errc::normal) &&
               ...);
      }
      (std::make_index_sequence<std::tuple_size_v<Places>>{});
    } else {
      for (std::size_t i = 0; i < keepers_.size() && how == errc::normal; ++i)
        how = ask<typename Places::value_type::value_type>(i);
    }
    return how;
  }
  template <class V>
  errc ask(std::size_t place) {
    using R = std::conditional_t<std::same_as<V, std::monostate>, void, V>;
    return this->template ask_keeper<task_value<R>>(keepers_[place], place);
  }

  /// Waits on until the last value, or the first failure.
  bool on_news(reply& r) {
    if (r.is == reply::form::failure) return false;
    auto const put = [&](auto& place) {
      using V = typename std::remove_reference_t<decltype(place)>::value_type;
      place.emplace(std::move(static_cast<value_reply<V>&>(r).value));
    };
    if constexpr (is_tuple<Places>) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (void)((r.token == I && (put(std::get<I>(places_)), true)) || ...);
      }
      (std::make_index_sequence<std::tuple_size_v<Places>>{});
    } else {
      put(places_[r.token]);
    }
    return --left_ != 0;
  }

  std::vector<pid> keepers_;
  std::size_t left_;
  Places places_;
};

template <class R>
std::vector<pid> keepers_of(const std::vector<async_task<R>>& tasks) {
  std::vector<pid> all;
  all.reserve(tasks.size());
  for (auto const& t : tasks) all.push_back(t.keeper());
  return all;
}

}  // namespace detail

/// Starts `F` in an actor of its own, on this node, and goes on: `auto sum = snow::async<square>(self, 3);`.
/// As Elixir's `Task.async`, with one difference: what fails tells who awaits it, and nobody else.
/// Throws what `spawn` throws. Costs two actors.
template <auto F, class... Args>
async_task<detail::call_result<F>> async(context& self, Args&&... args) {
  constexpr auto keeper = &detail::keep_here<F>;
  return async_task<detail::call_result<F>>{detail::spawn_here<keeper>(
      self.id(), detail::bonds{},
      detail::keep<typename detail::callable<F>::kept>(std::forward<Args>(args)...))};
}
/// The same on another node; a failure to start there is told to who awaits.
template <auto F, class... Args>
async_task<detail::call_result<F>> async(const peer& where, Args&&... args) {
  constexpr auto keeper = &detail::keep_there<F>;
  return async_task<detail::call_result<F>>{detail::spawn_here<keeper>(
      worker::current()->running->id(), detail::bonds{}, peer{where},
      detail::keep<typename detail::callable<F>::kept>(std::forward<Args>(args)...))};
}

/// `co_await snow::await(t).within(2s)`: what the function gave. Throws what `call` throws, `timed_out` after
/// the deadline, after which it runs on and can be awaited again, and `abandoned` of a cancelled one. A value
/// that can be copied is given as often as it is awaited, one that cannot once.
template <class R>
detail::await_operation<R> await(const async_task<R>& t) {
  return {*worker::current()->running, t.keeper()};
}

/// The values of all, a `std::vector<R>` in the order of the tasks; nothing can be awaited of functions that
/// give nothing but their end. Throws the first failure as soon as it comes; the others run on.
template <class R>
auto await_all(const std::vector<async_task<R>>& tasks) {
  using V = detail::value_of<R>;
  return detail::await_all_operation<std::vector<std::optional<V>>, std::vector<V>>{
      *worker::current()->running, detail::keepers_of(tasks)};
}
/// The same of tasks of several types, as a `std::tuple`; `std::monostate` where there is no value.
template <class... R>
auto await_all(const async_task<R>&... tasks) {
  return detail::await_all_operation<std::tuple<std::optional<detail::value_of<R>>...>,
                                     std::tuple<detail::value_of<R>...>>{*worker::current()->running,
                                                                         {tasks.keeper()...}};
}

/// The place of the first that has ended, well or not: await it for its value. `bad_arguments` of none.
template <class R>
detail::await_any_operation await_any(const std::vector<async_task<R>>& tasks) {
  return {*worker::current()->running, detail::keepers_of(tasks)};
}
template <class... R>
detail::await_any_operation await_any(const async_task<R>&... tasks) {
  return {*worker::current()->running, {tasks.keeper()...}};
}

}  // namespace snow

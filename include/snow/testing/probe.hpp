#pragma once

#include <fmt/core.h>

#include <concepts>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/node.hpp"
#include "snow/testing/seat.hpp"
#include "snow/testing/show.hpp"
#include "snow/testing/simulation.hpp"

namespace snow::testing {

class fixture;

/// Something did not come, or came, against what a test expects: one sentence, with its place.
class unexpected : public std::logic_error {
 public:
  unexpected(const std::source_location& where, std::string_view sentence)
      : std::logic_error{fmt::format("{}:{}: {}", where.file_name(), where.line(), sentence)} {}
};

/// A request that a double has received; the test answers it, once. Unanswered at its end it fails the ask
/// with `abandoned`, as a `snow::reply_to` does.
template <request M>
class asked {
 public:
  using reply_type = typename M::reply_type;

  asked(M message, envelope& e, std::shared_ptr<detail::seat> taken_by)
      : message_{std::move(message)}, seat_{std::move(taken_by)} {
    if (std::exchange(e.asked, false)) path_ = path_of(e);
  }
  asked(asked&& other) noexcept
      : message_{std::move(other.message_)},
        seat_{std::move(other.seat_)},
        path_{std::exchange(other.path_, std::nullopt)} {}
  asked& operator=(asked&&) = delete;
  ~asked() { fail(errc::abandoned, "the test did not answer"); }

  const M& operator*() const noexcept { return message_; }
  const M* operator->() const noexcept { return &message_; }
  /// Whether somebody waits for the answer: it was asked, not just sent, and nobody has answered.
  bool is_open() const noexcept { return path_ && seat_->env; }

  /// A second answer does nothing.
  template <class... U>
  void answer(U&&... value) {
    if (auto const to = take()) seat_->template answer<reply_type>(*to, std::forward<U>(value)...);
  }
  void fail(errc why, std::string details = {}) {
    if (auto const to = take()) seat_->fail(*to, why, std::move(details));
  }

 private:
  std::optional<reply_path> take() noexcept {
    return is_open() ? std::exchange(path_, std::nullopt) : std::nullopt;
  }

  M message_;
  std::shared_ptr<detail::seat> seat_;
  std::optional<reply_path> path_;
};

namespace detail {

template <class M>
struct received_of {
  using type = M;
};
template <request M>
struct received_of<M> {
  using type = asked<M>;
};

}  // namespace detail

/// A process of the test: others send to it, ask it, monitor it and end it, and the test looks at what came.
/// It takes no turns: what is sent to it is there at once.
///
/// Pids that a test sees and gives are those of the node under test, also where the double stands on another.
/// After Akka's TestProbe.
class probe {
 public:
  using place = std::source_location;
  /// What `expect<M>` gives: the message, and with a request the duty to answer it.
  template <class M>
  using received = typename detail::received_of<M>::type;

  probe(fixture& kit, std::shared_ptr<detail::seat> s) noexcept : kit_{kit}, seat_{std::move(s)} {}
  probe(const probe&) = delete;
  probe& operator=(const probe&) = delete;

  const snow::pid& pid() const noexcept { return seat_->seen; }
  operator const snow::pid&() const noexcept { return seat_->seen; }
  const std::string& name() const noexcept { return seat_->name; }

  // ---- what came, oldest first; what is looked for and not there throws `unexpected`
  /// Takes the next message, which must be an `M`.
  template <class M>
  received<M> expect(const place& where = place::current()) {
    return take<M>(next_as<M>(where, article<M>()));
  }
  /// The same, and it must be good.
  template <class M, std::predicate<const M&> F>
  received<M> expect(F&& good, const place& where = place::current()) {
    auto const at = next_as<M>(where, article<M>());
    return good_or_not<M>(take<M>(at), std::forward<F>(good), where,
                          article<M>() + " that the test calls good");
  }
  /// The same, and it must be equal to that one: by `==`, or field by field.
  template <class M>
  received<M> expect(const M& like, const place& where = place::current()) {
    auto const at = next_as<M>(where, show(like));
    return good_or_not<M>(
        take<M>(at), [&](const M& m) { return equal(m, like); }, where, show(like));
  }
  /// Takes the oldest `M`; what came before it keeps its place.
  template <class M>
  received<M> find(const place& where = place::current());
  /// No `M` is there.
  template <class M>
  void forbid(const place& where = place::current()) const;
  void expect_nothing(const place& where = place::current()) const;
  /// How many messages came and were not taken.
  std::size_t size() const { return got().size(); }

  // ---- what it does
  /// From now on that handler takes each message of its type, instead of the test, and answers a request by
  /// what it returns. Handlers are what `receive` takes, but for coroutines; what one throws leaves the call
  /// that let the message come.
  template <class H>
  void on(H handler);
  /// `to`: a pid or a `snow::named`.
  template <class M, class To, class... Args>
  void send(const To& to, Args&&... args);
  /// Starts an actor of the node under test whose `parent()` this is.
  template <auto F, class... Args>
  spawned spawn(Args&&... args);
  /// A `snow::down` will come.
  monitor_ref monitor(const snow::pid& target) { return seat_->monitor(target); }
  void exit(const snow::pid& to, const reason& why) { seat_->exit(to, {{}, why}); }
  void exit(const snow::pid& to, kill_t) { seat_->exit(to, {{}, errc::killed, true}); }
  /// Ends it: who monitors it is told, and what it did not answer fails.
  void end(const reason& why = errc::normal) { seat_->end(why); }
  bool has_ended() const { return seat_->take_in(), !seat_->cell; }
  /// Who monitors it, in the order of their monitors.
  std::vector<snow::pid> watchers() const { return seat_->take_in(), seat_->watchers(); }

 private:
  using taken = std::deque<detail::envelope_ptr>::iterator;

  template <class M>
  static std::string article() {
    return detail::with_article(name_of<M>);
  }
  // These need the fixture's body.
  [[noreturn]] void fail(const place& where, std::string_view expected, std::string_view got) const;
  std::string text_of(envelope& e) const;
  /// What came until now.
  std::deque<detail::envelope_ptr>& got() const { return seat_->take_in(), seat_->got; }
  std::string what_is_next() const { return seat_->got.empty() ? "nothing" : text_of(*seat_->got.front()); }

  template <class M>
  taken next_as(const place& where, const std::string& expected) {
    if (got().empty() || fits<M>(*seat_->got.front()) != fit::yes) fail(where, expected, what_is_next());
    return seat_->got.begin();
  }
  template <class M>
  received<M> take(taken at) {
    detail::envelope_ptr e = std::move(*at);
    seat_->got.erase(at);
    M value = seat_->template open<M>(*e);
    if constexpr (request<M>) {
      return {std::move(value), *e, seat_};
    } else {
      return value;
    }
  }
  template <class M, class F>
  received<M> good_or_not(received<M> m, F&& good, const place& where, const std::string& expected) {
    const M* value;
    if constexpr (request<M>)
      value = &*m;
    else
      value = &m;
    if (!good(*value)) fail(where, expected, show(*value));
    return m;
  }

  fixture& kit_;
  std::shared_ptr<detail::seat> seat_;
};

template <class M>
probe::received<M> probe::find(const place& where) {
  for (auto at = got().begin(); at != seat_->got.end(); ++at)
    if (fits<M>(**at) == fit::yes) return take<M>(at);
  std::string all;
  for (auto const& e : seat_->got) all.append(all.empty() ? "" : ", ").append(text_of(*e));
  fail(where, article<M>() + " somewhere", all.empty() ? "nothing" : all);
}

template <class M>
void probe::forbid(const place& where) const {
  for (auto const& e : got())
    if (fits<M>(*e) == fit::yes) fail(where, "no " + detail::short_name(name_of<M>), "one");
}

inline void probe::expect_nothing(const place& where) const {
  if (!got().empty()) fail(where, "nothing", what_is_next());
}

template <class H>
void probe::on(H handler) {
  using traits = snow::detail::handler_traits<H>;
  static_assert(
      !traits::is_coroutine && !traits::takes_any,
      "snow: a double's handler is an ordinary function of one type of message, with a snow::reply_to if "
      "it is to answer later");
  using M = typename traits::message;
  seat_->handlers.push_back([s = seat_.get(), h = std::move(handler)](envelope& e) mutable {
    if (fits<M>(e) != fit::yes) return false;
    M value = s->template open<M>(e);
    if constexpr (traits::defers) {
      h(std::move(value), snow::detail::reply_to_of<typename M::reply_type>(*s->cell, e));
    } else if constexpr (!traits::answers) {
      h(std::move(value));
    } else {
      try {
        if constexpr (std::is_void_v<typename traits::result>) {
          h(std::move(value));
          if (std::exchange(e.asked, false)) s->template answer<void>(path_of(e));
        } else {
          auto answer = h(std::move(value));
          if (std::exchange(e.asked, false))
            s->template answer<typename M::reply_type>(path_of(e), std::move(answer));
        }
      } catch (...) {
        snow::detail::fail_request_by_exception(e);
        throw;
      }
    }
    return true;
  });
  seat_->handle_all();
}

template <class M, class To, class... Args>
void probe::send(const To& to, Args&&... args) {
  if constexpr (std::convertible_to<const To&, const snow::pid&>) {
    const snow::pid& target = to;
    seat_->template send<M>(target, std::forward<Args>(args)...);
  } else {
    seat_->template send<M>(to, std::forward<Args>(args)...);
  }
}

}  // namespace snow::testing

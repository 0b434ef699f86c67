#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "snow/process/message.hpp"
#include "snow/process/signals.hpp"
#include "snow/registry/callable.hpp"

namespace snow {

namespace detail {

/// The actor that the calling worker runs; null outside of one.
inline pid running() noexcept {
  worker* const w = worker::current();
  return w && w->running ? w->running->id() : pid{};
}

/// Answers, wherever the asker is.
template <class R, class... Args>
void answer_with(environment& env, const reply_path& to, Args&&... value) {
  if (to.asker.node == this_node) {
    give_reply<value_reply<value_of<R>>>(env, to, std::forward<Args>(value)...);
  } else {
    value_of<R> const made(std::forward<Args>(value)...);
    outgoing const out = outgoing_of(made);
    if (out.encode) {
      env.router->reply(running(), to, {.value = &out});
    } else {
      env.router->reply(running(), to,
                        {.status = errc::not_serializable, .details = std::string{name_of<value_of<R>>}});
    }
  }
}
void answer_failure(environment& env, const reply_path& to, errc why, std::string details);

/// Around the end of an actor: what it leaves unanswered fails with its reason.
class ending {
 public:
  explicit ending(const reason& why) noexcept { why_ = &why; }
  ending(const ending&) = delete;
  ~ending() { why_ = nullptr; }
  /// Null unless an actor ends on this thread.
  SNOW_READS_THREAD_LOCAL static const reason* with() noexcept { return why_; }

 private:
  [[gnu::visibility("default")]] static inline constinit thread_local const reason* why_ = nullptr;
};

/// The same when whoever had the duty to answer has let it go: with the reason for which it ends, if it does.
void answer_let_go(environment& env, const reply_path& to, std::string_view how);

[[gnu::cold]] void answer_unanswered(envelope& e);

}  // namespace detail

inline void taken_end::operator()(envelope* e) const noexcept {
  if (e->asked) detail::answer_unanswered(*e);
  dispose(e);
}

/// The right and duty to answer one ask. Move-only; travels in messages, to other nodes too. Destroyed
/// unanswered it fails the ask at once, with `abandoned` or the reason for which its holder ends (S-13).
template <class T>
class [[nodiscard]] reply_to {
 public:
  /// One that is answered already, or was never asked.
  reply_to() noexcept = default;
  reply_to(environment& env, const reply_path& path) noexcept : environment_{&env}, path_{path} {}
  reply_to(reply_to&& other) noexcept
      : environment_{std::exchange(other.environment_, nullptr)}, path_{other.path_} {}
  reply_to& operator=(reply_to&& other) noexcept {
    std::swap(environment_, other.environment_);
    std::swap(path_, other.path_);
    return *this;
  }
  ~reply_to() {
    if (environment_) detail::answer_let_go(*environment_, path_, "the reply_to was destroyed unanswered");
  }

  /// Answers. Once; a second call does nothing.
  template <class... U>
  requires(std::constructible_from<detail::value_of<T>, U...>) void operator()(U&&... value) {
    if (environment* const env = std::exchange(environment_, nullptr))
      detail::answer_with<T>(*env, path_, std::forward<U>(value)...);
  }
  /// Ends the ask without a value.
  void fail(errc why, std::string details = {}) {
    if (environment* const env = std::exchange(environment_, nullptr))
      detail::answer_failure(*env, path_, why, std::move(details));
  }

  /// Also when it was moved from, handed on to another node, or never asked.
  bool answered() const noexcept { return !environment_; }
  const snow::pid& asker() const noexcept { return path_.asker; }

 private:
  friend struct codec<reply_to>;
  mutable environment* environment_ = nullptr;  // null: answered, handed on, or never asked
  reply_path path_;
};

/// Encoding hands the duty on: whoever decodes it answers (S-52). What nobody decodes leaves the ask to its
/// deadline (S-13).
template <class T>
struct codec<reply_to<T>> {
  static constexpr std::string_view shape = "reply_to";

  static void encode(writer& w, const reply_to<T>& r) {
    environment* const env = std::exchange(r.environment_, nullptr);
    w.number(env != nullptr);
    if (!env) return;
    w.pid(r.path_.asker);
    w.varint(r.path_.request);
    w.number(r.path_.token);
  }
  static void decode(reader& in, reply_to<T>& r) {
    bool some = false;
    detail::get(in, some);
    if (!some) return;
    reply_path path;
    path.asker = in.pid();
    path.request = in.varint();
    path.token = in.number<std::uint64_t>();
    if (!in.failed()) r = reply_to<T>{environment::current(), path};
  }
};

}  // namespace snow

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "snow/process/deadline.hpp"
#include "snow/process/operation.hpp"
#include "snow/process/reply_to.hpp"

namespace snow::detail {

/// What ask, call and remote spawn share: one request goes out, one reply or the deadline ends it (S-11,
/// S-12). `Derived` brings `errc submit(frame&, std::string& details)`, which sends the request or says why
/// not, and `void give_up()`, called when the operation ends without its reply (deadline, or its actor's
/// end).
template <class Derived, class R>
class answer_operation : protected numbered_waiter {
 public:
  using snow_operation = void;
  using value_type = R;
  using waiter::where;

  answer_operation(answer_operation&& other) noexcept
      : numbered_waiter{other}, cell_{other.cell_}, limit_{other.limit_} {}
  answer_operation& operator=(answer_operation&&) = delete;
  ~answer_operation() {
    if (pending_) end_without_reply();
  }

  /// The operation with a deadline of its own.
  Derived within(duration limit) && {
    limit_ = limit;
    return std::move(static_cast<Derived&>(*this));
  }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    worker& w = *worker::current();
    wait_in(*this, h.promise());
    pending_ = true;
    status_ = derived().submit(details_);
    if (status_ != errc::normal) {
      pending_ = false;
      cell_->waiting = nullptr;
      cell_->innermost = nullptr;
      return false;
    }
    deadline_.arm(cell_->id(),
                  limit_ ? w.owner().clock().now() + *limit_ : w.turn_time() + environment::of(w).deadline,
                  number);
    return true;
  }
  R await_resume() { return take().value(); }
  result<R> take() {
    using V = value_of<R>;
    if (status_ != errc::normal) return failure();
    auto& r = static_cast<reply&>(*reply_);
    switch (r.is) {
      case reply::form::failure:
        return failure(r.status, std::move(static_cast<failed_reply&>(r).details));
      case reply::form::value:
        return given(static_cast<value_reply<V>&>(r).value);
      case reply::form::encoded:
        break;
    }
    if constexpr (portable<V>) {
      auto& encoded = static_cast<encoded_reply&>(r);
      if (encoded.key != type_key_of<V>)
        return failure(errc::signature_mismatch, "the answer is of another type");
      auto value = V();
      if (environment::current().decode(encoded.body, value, details_)) return given(value);
      return failure(errc::bad_arguments, std::move(details_));
    } else {
      return failure(errc::not_serializable, "the answer's type has no codec");
    }
  }

 protected:
  explicit answer_operation(cell& c) noexcept : cell_{&c} {
    does = &operations_;
    number = worker::current()->new_request();
  }
  /// A reply that is no value for this operation but news of it; whether it was.
  bool on_news(reply&) noexcept { return false; }
  errc status() const noexcept { return status_; }
  /// What a reply from another node must show; 0 where none may come.
  std::uint64_t token_ = 0;
  cell* cell_;

 private:
  Derived& derived() noexcept { return static_cast<Derived&>(*this); }

  void end_without_reply() {
    pending_ = false;
    cell_->asks.store(nullptr, std::memory_order_relaxed);
    derived().give_up();
  }

  static bool complete(waiter& w, cell& c, envelope& e) {
    auto& self = static_cast<answer_operation&>(w);
    if (self.deadline_.is(e)) {
      self.status_ = errc::timed_out;
      self.end_without_reply();
      return true;
    }
    if (e.kind != signal_kind::reply) return dispose(&e), false;
    std::unique_ptr<envelope, disposer> owned{&e};
    auto& r = static_cast<reply&>(e);
    if (r.from_outside && !self.genuine(r)) return false;
    if (self.derived().on_news(r)) return false;
    self.pending_ = false;
    c.asks.store(nullptr, std::memory_order_relaxed);
    self.deadline_.cancel();
    self.reply_ = std::move(owned);
    return true;
  }
  /// Nobody but who was asked can know the token (S-51).
  bool genuine(const reply& r) const noexcept { return token_ != 0 && r.token == token_; }
  static result<R> given(value_of<R>& value) {
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      return std::move(value);
    }
  }
  error failure() { return error{status_, derived().subject() + (details_.empty() ? "" : ": " + details_)}; }
  error failure(errc why, std::string details) {
    status_ = why;
    details_ = std::move(details);
    return failure();
  }
  static constexpr operations operations_{leave_in_mailbox, by_number<complete>, go_on, [](waiter& w, cell&) {
                                            auto& self = static_cast<answer_operation&>(w);
                                            self.deadline_.cancel();
                                            return false;
                                          }};

  deadline_timer deadline_;
  std::optional<duration> limit_;
  std::unique_ptr<envelope, disposer> reply_;
  std::string details_;
  errc status_ = errc::normal;
  bool pending_ = false;
};

}  // namespace snow::detail

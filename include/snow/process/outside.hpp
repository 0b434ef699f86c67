#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "snow/process/last_of_two.hpp"
#include "snow/process/operation.hpp"
#include "snow/process/reply_to.hpp"
#include "snow/process/signals.hpp"

namespace snow::detail {

/// An operation that something outside the actor's worker carries out, in memory of the actor's frame: a
/// function on the blocking pool, an operation of Asio. If the actor ends meanwhile, its frames linger until
/// that is over: nothing outside ever touches what is gone (S-33).
class outside_operation : public numbered_waiter {
 public:
  explicit outside_operation(cell& c) noexcept : whose_{c.id()} { number = worker::current()->new_request(); }
  outside_operation(outside_operation&&) = delete;

 protected:
  void begin() noexcept { home_ = worker::current(); }

  /// Any thread, once: nothing outside touches the operation after this. The operation may be gone on return.
  void finish(environment& env) noexcept {
    pid const whose = whose_;
    std::uint64_t const n = number;
    worker* const home = home_;
    switch (frames_.finish()) {
      case last_of_two<>::finished::first:
        return signal_completion(env, whose, n);
      case last_of_two<>::finished::early:
        return;
      case last_of_two<>::finished::last:
        return home->post(burial_);
    }
  }

  /// The actor ends. True: the frames are ours now, and may be gone on return.
  bool take_over(cell& c) noexcept {
    if (!frames_.begin_to_leave()) return false;
    remains_ = {c.innermost, c.launched, c.attached ? c.attached->code : nullptr, *ending::with()};
    burial_.run = [](job& j) { bury(static_cast<burial&>(j)); };
    burial_.of = this;
    environment& env = environment::current();
    env.lingering.fetch_add(1, std::memory_order_relaxed);
    c.launched->owner = nullptr;
    c.launched->kin = c.id();
    // Those that wait for an answer are told now.
    for (handled_request* h = c.attached ? c.attached->handling : nullptr; h; h = h->outer)
      if (envelope& e = *std::exchange(h->request, nullptr); std::exchange(e.asked, false))
        answer_let_go(env, path_of(e), "its holder has ended");
    worker* const home = home_;
    if (frames_.leave()) home->post(burial_);
    return true;
  }

 private:
  struct burial : job {
    outside_operation* of = nullptr;
  };
  struct remains {
    frame* innermost = nullptr;
    launch* launched = nullptr;
    std::shared_ptr<const void> code;
    reason why;
  };

  static void bury(burial& b) noexcept {
    remains const left = b.of->remains_;
    {
      ending const with{left.why};
      destroy_frames(left.innermost);
      left.launched->does->destroy(*left.launched);
    }
    environment::current().lingering.fetch_sub(1, std::memory_order_release);
  }

  pid whose_;
  worker* home_ = nullptr;
  last_of_two<> frames_;
  burial burial_;
  remains remains_;
};

}  // namespace snow::detail

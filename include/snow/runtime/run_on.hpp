#pragma once

#include <memory>
#include <utility>

#include "snow/runtime/scheduler.hpp"

namespace snow::detail {

template <class F>
struct closure_job : job {
  explicit closure_job(F&& what) : f{std::move(what)} {
    run = [](job& j) {
      std::unique_ptr<closure_job> const self{static_cast<closure_job*>(&j)};
      self->f();
    };
  }
  F f;
};

}  // namespace snow::detail

namespace snow {

/// Any thread: runs `f` on that worker, in one of its next turns. For what happens seldom: it allocates.
template <class F>
void run_on(worker& w, F f) {
  w.post(*new detail::closure_job<F>{std::move(f)});
}

namespace detail {

/// At once on that worker, by `run_on` from elsewhere.
template <class F>
void run_soon_on(worker& w, F f) {
  if (worker::current() == &w) {
    f();
  } else {
    run_on(w, std::move(f));
  }
}

}  // namespace detail

}  // namespace snow

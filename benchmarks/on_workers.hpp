#pragma once

#include <cstdint>
#include <snow/actor.hpp>
#include <stdexcept>

namespace figures {

/// The figure that the actor `F` sets, on a local node without a log.
template <auto F>
double on_workers(std::size_t workers, std::uint64_t count) {
  double figure = 0;
  snow::node node{{.workers = workers, .log = nullptr}};
  if (node.run<F>(count, &figure) != 0) throw std::runtime_error{"no result"};
  return figure;
}
template <auto F>
double on_one_worker(std::uint64_t count) {
  return on_workers<F>(1, count);
}

}  // namespace figures

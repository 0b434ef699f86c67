// Between the actors of one process: event-based, and typed where they have messages.
#include <unistd.h>

#include <atomic>
#include <caf/all.hpp>
#include <fstream>

#include "rows.hpp"

using caf::infinite;
using caf::reacts_to;
using caf::replies_to;
using figures::check;
using figures::stopwatch;

namespace {

using consumer = caf::typed_actor<reacts_to<std::uint64_t>>;
using answerer = caf::typed_actor<replies_to<std::uint64_t>::with<std::uint64_t>>;

/// A system of so many workers, in which `start` has an actor spawned that sets the figure when it is done.
template <class F>
double on_workers(std::size_t workers, F start) {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", workers);
  double figure = 0;
  {
    caf::actor_system system{config};
    start(system, &figure);
    system.await_all_actors_done();
  }
  if (figure == 0) throw std::runtime_error{"no result"};
  return figure;
}

// ---- ping-pong

answerer::behavior_type pong() {
  return {[](std::uint64_t left) { return left - 1; }};
}

template <class F>
consumer::behavior_type ping(consumer::pointer self, std::uint64_t messages, F done) {
  auto const partner = self->spawn(pong);
  self->send(partner, messages);
  return {[=, received = std::uint64_t{0}](std::uint64_t left) mutable {
    ++received;
    if (left > 1) return self->send(partner, left - 1);
    check("balls that came back", received, messages / 2);
    done();
    self->quit();
  }};
}

double ping_pong(std::uint64_t messages) {
  return on_workers(1, [=](caf::actor_system& system, double* figure) {
    auto const done = [=, watch = stopwatch{}] { *figure = watch.per_second(messages); };
    system.spawn(ping<decltype(done)>, messages, done);
  });
}

constexpr std::uint64_t pairs = 16;

double independent_pairs(std::size_t workers, std::uint64_t messages) {
  std::atomic<std::uint64_t> still_playing = pairs;
  return on_workers(workers, [&](caf::actor_system& system, double* figure) {
    auto const done = [&, figure, messages, watch = stopwatch{}] {
      if (--still_playing == 0) *figure = watch.per_second(pairs * messages);
    };
    for (std::uint64_t i = 0; i < pairs; ++i) system.spawn(ping<decltype(done)>, messages, done);
  });
}

// ---- ring

consumer::behavior_type member(consumer::pointer self, consumer next) {
  return {[=](std::uint64_t hops_left) { self->send(next, hops_left - 1); }};
}

consumer::behavior_type first_member(consumer::pointer self, std::uint64_t rounds, double* figure) {
  constexpr std::uint64_t members = 1000;
  consumer next = self;
  for (std::uint64_t i = 1; i < members; ++i) next = self->spawn(member, next);
  stopwatch const watch;
  self->send(next, rounds * members - 1);
  return {[=, passes = std::uint64_t{0}](std::uint64_t hops_left) mutable {
    ++passes;
    if (hops_left > 0) return self->send(next, hops_left - 1);
    *figure = watch.per_second(rounds * members);
    check("times that the token came round", passes, rounds);
    self->quit();
  }};
}

double ring(std::uint64_t rounds) {
  return on_workers(
      1, [=](caf::actor_system& system, double* figure) { system.spawn(first_member, rounds, figure); });
}

// ---- fan-in

constexpr std::uint64_t senders = 20;

void sender(caf::event_based_actor* self, consumer to, std::uint64_t messages) {
  for (std::uint64_t i = 1; i <= messages; ++i) self->send(to, i);
}

consumer::behavior_type receiver(consumer::pointer self, std::uint64_t each, double* figure) {
  consumer const here = self;
  stopwatch const watch;
  for (std::uint64_t i = 0; i < senders; ++i) self->spawn(sender, here, each);
  return {[=, received = std::uint64_t{0}, sum = std::uint64_t{0}](std::uint64_t value) mutable {
    sum += value;
    if (++received < senders * each) return;
    *figure = watch.per_second(received);
    check("the sum", sum, senders * (each * (each + 1) / 2));
    self->quit();
  }};
}

double fan_in(std::size_t workers, std::uint64_t each) {
  return on_workers(workers,
                    [=](caf::actor_system& system, double* figure) { system.spawn(receiver, each, figure); });
}

// ---- request/reply

answerer::behavior_type doubler() {
  return {[](std::uint64_t value) { return 2 * value; }};
}

struct asking {
  std::uint64_t asked = 0, sum = 0;
  stopwatch watch;
};

void ask(caf::stateful_actor<asking>* self, answerer server, std::uint64_t requests, double* figure) {
  if (self->state.asked == requests) {
    *figure = self->state.watch.per_second(requests);
    check("the sum", self->state.sum, requests * (requests + 1));
    return;
  }
  self->request(server, infinite, ++self->state.asked).await([=](std::uint64_t answer) {
    self->state.sum += answer;
    ask(self, server, requests, figure);
  });
}

double request(std::uint64_t requests) {
  return on_workers(1, [=](caf::actor_system& system, double* figure) {
    system.spawn(ask, system.spawn(doubler), requests, figure);
  });
}

// ---- making and keeping actors

struct all_have_passed {
  std::atomic<std::uint64_t> still_to_come;
  caf::actor parent;
};

void passer_by(caf::event_based_actor* self, all_have_passed* all) {
  if (--all->still_to_come == 0) self->send(all->parent, caf::ok_atom::value);
}

caf::behavior spawner(caf::event_based_actor* self, std::uint64_t batches, double* figure) {
  constexpr std::uint64_t at_once = 1000;
  auto const all = std::make_shared<all_have_passed>();
  all->parent = self;
  auto const spawn_batch = [=] {
    all->still_to_come = at_once;
    for (std::uint64_t k = 0; k < at_once; ++k) self->spawn(passer_by, all.get());
  };
  spawn_batch();
  return {[=, watch = stopwatch{}, done = std::uint64_t{0}](caf::ok_atom) mutable {
    if (++done < batches) return spawn_batch();
    *figure = watch.per_second(done * at_once);
    check("actors", done, batches);
    all->parent = nullptr;
    self->quit();
  }};
}

double spawn_to_exit(std::uint64_t batches) {
  return on_workers(
      1, [=](caf::actor_system& system, double* figure) { system.spawn(spawner, batches, figure); });
}

std::uint64_t resident_bytes() {
  std::uint64_t pages = 0, resident = 0;
  std::ifstream{"/proc/self/statm"} >> pages >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

using idle_actor = caf::typed_actor<reacts_to<caf::leave_atom>>;

idle_actor::behavior_type idler(idle_actor::pointer self, std::atomic<std::uint64_t>* missing,
                                std::atomic<std::uint64_t>* left) {
  if (--*missing == 0) missing->notify_one();
  return {[=](caf::leave_atom) {
    ++*left;
    self->quit();
  }};
}

double idle(std::uint64_t count) {
  std::atomic<std::uint64_t> missing = count, left = 0;
  double const figure = on_workers(1, [&](caf::actor_system& system, double* bytes) {
    std::vector<idle_actor> all(count);
    auto const before = resident_bytes();
    for (auto& one : all) one = system.spawn(idler, &missing, &left);
    while (auto const still = missing.load()) missing.wait(still);
    *bytes = static_cast<double>(resident_bytes() - before) / static_cast<double>(count);
    for (auto const& one : all) caf::anon_send(one, caf::leave_atom::value);
  });
  check("actors that were there", left, count);
  return figure;
}

}  // namespace

std::vector<figures::row> local_rows() {
  return {{"ping-pong", "messages/s", 3'000'000, ping_pong},
          {"request", "requests/s", 1'000'000, request},
          {"ring", "hops/s", 3'000, ring},
          {"fan-in", "messages/s", 100'000, [](auto n) { return fan_in(1, n); }},
          {"fan-in-2", "messages/s", 100'000, [](auto n) { return fan_in(2, n); }},
          {"pairs", "messages/s", 200'000, [](auto n) { return independent_pairs(1, n); }},
          {"pairs-2", "messages/s", 200'000, [](auto n) { return independent_pairs(2, n); }},
          {"spawn", "actors/s", 1'000, spawn_to_exit},
          {"idle", "bytes", 100'000, idle}};
}

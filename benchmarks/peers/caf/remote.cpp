// Between the actors of two processes, each row with the settings that are best for it.
#include <unistd.h>

#include <atomic>
#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <optional>
#include <set>

#include "../../two_processes.hpp"
#include "rows.hpp"

using caf::infinite;
using caf::reacts_to;
using caf::replies_to;
using figures::check;
using figures::latencies;
using figures::stopwatch;

namespace {

using twice_atom = caf::atom_constant<caf::atom("twice")>;
using total_atom = caf::atom_constant<caf::atom("total")>;
using passed_atom = caf::atom_constant<caf::atom("passed")>;
using server_actor = caf::typed_actor<reacts_to<std::uint64_t>, replies_to<std::string>::with<std::uint64_t>,
                                      replies_to<twice_atom, std::uint64_t>::with<std::uint64_t>,
                                      replies_to<total_atom>::with<std::uint64_t>,
                                      replies_to<passed_atom>::with<std::uint64_t>>;

constexpr std::uint64_t sum_to(std::uint64_t n) {
  return n * (n + 1) / 2;
}

std::atomic<std::uint64_t> sum_of_passers = 0;

void passer_by(caf::event_based_actor*, std::uint64_t value) {
  sum_of_passers += value;
}

server_actor::behavior_type server() {
  auto const sum = std::make_shared<std::uint64_t>(0);
  return {[=](std::uint64_t value) { *sum += value; },
          [](const std::string& text) { return std::uint64_t{text.size()}; },
          [](twice_atom, std::uint64_t value) { return 2 * value; }, [=](total_atom) { return *sum; },
          [](passed_atom) { return sum_of_passers.load(); }};
}

enum class tuned_for {
  streams,   ///< CAF's default: a worker without work sleeps between two looks for it
  requests,  ///< which then wait: one that hears of its work is better
  latency    ///< and the thread that reads decodes
};

template <tuned_for T>
void configure(caf::actor_system_config& config) {
  config.load<caf::io::middleman>();
  config.add_actor_type("passer_by", passer_by);
  if (T != tuned_for::streams) config.set("scheduler.policy", caf::atom("sharing"));
  if (T == tuned_for::latency) config.set("middleman.workers", std::size_t{0});
}

template <tuned_for T>
int serve(unsigned short port) {
  caf::actor_system_config config;
  configure<T>(config);
  caf::actor_system system{config};
  auto const here = system.spawn(server);
  if (!system.middleman().publish(here, port, "127.0.0.1")) return 1;
  for (;;) ::pause();
}

std::optional<server_actor> connect(caf::actor_system& system, unsigned short port) {
  for (int i = 0; i < 1000; ++i) {
    if (auto there = system.middleman().remote_actor<server_actor>("127.0.0.1", port)) return *there;
    ::usleep(10'000);
  }
  return {};
}

/// `F` is an actor that sets the figure, given the server of the other process.
template <tuned_for T, auto F>
double on_two_systems(std::uint64_t count) {
  auto const port = figures::free_port();
  figures::other_process const serving{[=] { return serve<T>(port); }};
  caf::actor_system_config config;
  configure<T>(config);
  double figure = 0;
  {
    caf::actor_system system{config};
    if (auto const there = connect(system, port)) system.spawn(F, *there, count, &figure);
    system.await_all_actors_done();
  }
  if (figure == 0) throw std::runtime_error{"no result"};
  return figure;
}

// ---- one way

void one_way(caf::event_based_actor* self, server_actor to, std::uint64_t messages, double* figure) {
  stopwatch const watch;
  for (std::uint64_t i = 1; i <= messages; ++i) self->send(to, i);
  self->request(to, infinite, total_atom::value).then([=](std::uint64_t sum) {
    check("the sum", sum, sum_to(messages));
    *figure = watch.per_second(messages);
  });
}

constexpr std::uint64_t mebibyte = 1 << 20;

struct progress {
  std::uint64_t begun = 0, done = 0, sum = 0;
  stopwatch watch;
};

/// CAF holds no sender back: the next leaves when the server answers for one. All share their bytes.
void send_next(caf::stateful_actor<progress>* self, caf::actor to, caf::message text, std::uint64_t messages,
               double* figure) {
  if (self->state.begun++ >= messages) return;
  self->request(to, infinite, text).then([=](std::uint64_t size) {
    auto& state = self->state;
    state.sum += size;
    send_next(self, to, text, messages, figure);
    if (++state.done < messages) return;
    check("the bytes", state.sum, messages * mebibyte);
    *figure = state.watch.per_second(state.sum) / 1e9;
  });
}

void mebibytes(caf::stateful_actor<progress>* self, server_actor to, std::uint64_t messages, double* figure) {
  constexpr std::uint64_t on_the_way = 16;
  auto const text = caf::make_message(std::string(mebibyte, 'b'));
  for (std::uint64_t i = 0; i < on_the_way; ++i)
    send_next(self, caf::actor_cast<caf::actor>(to), text, messages, figure);
}

// ---- one at a time

struct timing {
  std::uint64_t asked = 0, sum = 0;
  stopwatch each;
  latencies all;
};

void ask(caf::stateful_actor<timing>* self, server_actor to, std::uint64_t requests, double* figure) {
  self->state.each = {};
  self->request(to, infinite, twice_atom::value, ++self->state.asked).await([=](std::uint64_t answer) {
    auto& state = self->state;
    state.all.add(state.each);
    state.sum += answer;
    if (state.asked < requests) return ask(self, to, requests, figure);
    check("the sum", state.sum, 2 * sum_to(requests));
    *figure = state.all.median_in_microseconds();
  });
}

/// `middleman::remote_spawn` without its waiting.
template <class Self>
auto spawn_there(Self* self, const server_actor& there, std::uint64_t value) {
  return self->request(self->system().middleman().actor_handle(), infinite, caf::spawn_atom::value,
                       there.node(), std::string{"passer_by"}, caf::make_message(value),
                       std::set<std::string>{});
}

/// An actor of the other process runs at some time after it was spawned.
template <class Self>
void when_all_have_passed(Self* self, server_actor to, std::uint64_t sum, double* figure, double value) {
  self->request(to, infinite, passed_atom::value).then([=](std::uint64_t passed) {
    if (passed < sum) return when_all_have_passed(self, to, sum, figure, value);
    check("the sum", passed, sum);
    *figure = value;
  });
}

void spawn(caf::stateful_actor<timing>* self, server_actor to, std::uint64_t spawns, double* figure) {
  self->state.each = {};
  spawn_there(self, to, ++self->state.asked).await([=](const caf::strong_actor_ptr&) {
    auto& state = self->state;
    state.all.add(state.each);
    if (state.asked < spawns) return spawn(self, to, spawns, figure);
    when_all_have_passed(self, to, sum_to(spawns), figure, state.all.median_in_microseconds());
  });
}

// ---- 256 outstanding

constexpr std::uint64_t outstanding = 256;

void ask_next(caf::stateful_actor<progress>* self, server_actor to, std::uint64_t requests, double* figure) {
  if (self->state.begun >= requests) return;
  self->request(to, infinite, twice_atom::value, ++self->state.begun).then([=](std::uint64_t answer) {
    auto& state = self->state;
    state.sum += answer;
    ask_next(self, to, requests, figure);
    if (++state.done < requests) return;
    check("the sum", state.sum, 2 * sum_to(requests));
    *figure = state.watch.per_second(requests);
  });
}

void requests(caf::stateful_actor<progress>* self, server_actor to, std::uint64_t each, double* figure) {
  for (std::uint64_t i = 0; i < outstanding; ++i) ask_next(self, to, outstanding * each, figure);
}

void spawn_next(caf::stateful_actor<progress>* self, server_actor to, std::uint64_t spawns, double* figure) {
  if (self->state.begun >= spawns) return;
  spawn_there(self, to, ++self->state.begun).then([=](const caf::strong_actor_ptr&) {
    auto& state = self->state;
    spawn_next(self, to, spawns, figure);
    if (++state.done == spawns)
      when_all_have_passed(self, to, sum_to(spawns), figure, state.watch.per_second(spawns));
  });
}

void spawns(caf::stateful_actor<progress>* self, server_actor to, std::uint64_t each, double* figure) {
  for (std::uint64_t i = 0; i < outstanding; ++i) spawn_next(self, to, outstanding * each, figure);
}

}  // namespace

std::vector<figures::row> remote_rows() {
  return {{"remote-one-way", "messages/s", 100'000, on_two_systems<tuned_for::streams, one_way>},
          {"remote-mebibytes", "GB/s", 1'000, on_two_systems<tuned_for::requests, mebibytes>},
          {"remote-request", "us", 10'000, on_two_systems<tuned_for::latency, ask>},
          {"remote-requests-256", "requests/s", 300, on_two_systems<tuned_for::requests, requests>},
          {"remote-spawn", "us", 3'000, on_two_systems<tuned_for::latency, spawn>},
          {"remote-spawns-256", "spawns/s", 100, on_two_systems<tuned_for::requests, spawns>}};
}

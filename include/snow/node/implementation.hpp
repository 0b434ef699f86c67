#pragma once

#include "snow/base/config.hpp"
// Asio needs the line above.
#include <asio/signal_set.hpp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/base/format.hpp"
#include "snow/node/core.hpp"
#include "snow/node/distribution.hpp"
#include "snow/node/engine.hpp"
#include "snow/node/hosting_context.hpp"
#include "snow/node/node.hpp"
#include "snow/node/served.hpp"
#include "snow/node/watchdog.hpp"
#include "snow/process/context_bodies.hpp"
#include "snow/process/implementation.hpp"
#include "snow/session/prover.hpp"

namespace snow {

SNOW_COMPILED_ONCE void log_to_stderr(const log_record& r) {
  if (r.level < log_level::warning) return;
  std::string line = fmt::format("snow{}{}: {}: {}: {}", r.node.empty() ? "" : " ", r.node,
                                 to_string(r.level), r.event, r.text);
  if (r.pid) line += fmt::format(" ({}", r.pid);
  if (r.crash)
    for (auto const& ancestor : r.crash->ancestors) line += fmt::format(", of {}", ancestor);
  line += r.pid ? ")\n" : "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

namespace detail {

inline actor informer(context& self, pid of, kept_promise<actor_info> answer) {
  try {
    answer.keep().set_value(co_await self.info(of));
  } catch (...) {
    answer.fail(std::current_exception());
  }
}

struct launch_end {
  void operator()(launch* l) const noexcept { l->does->destroy(*l); }
};

/// Runs the program's own actor, and stops the node when it has ended.
inline actor main_actor(context& self, std::unique_ptr<launch, launch_end> program, reason* outcome,
                        node_core* core) {
  try {
    std::uint64_t const number = worker::current()->new_request();
    pid const made = start_actor(environment::current(), *program.release(),
                                 {.parent = self.id(), .watcher = {self.id(), number, {}}});
    attached(*worker::current()->running).watching.emplace(number, made);
    co_await self.receive([&](const down& d) { *outcome = d.reason; });
  } catch (const error& e) {
    *outcome = {e.which(), e.details()};
  }
  core->stop();
}

}  // namespace detail

SNOW_COMPILED_ONCE std::future<actor_info> node::info(const pid& of) {
  return future_of<&detail::informer, actor_info>(of);
}

/// A `node_core` of workers on Asio and sessions over `transport`s.
class asio_node_core final : public node_core {
 public:
  asio_node_core(node& n, const node_options& options)
      : hosted_{options.io ? std::make_unique<hosting_context>(*options.io, engine::settings{}.most_blocking)
                           : nullptr},
        machine_{hosted_ ? hosted_.get() : options.machine.get()},
        engine_{{.workers = hosted_ ? 1 : options.workers,
                 .most_actors = options.limits.actors,
                 .machine = machine_}} {
    environment& env = engine_.env();
    env.node = &n;
    env.node_name = options.name;
    env.deadline = options.deadline;
    env.log = options.log;
    for (auto const& f : options.allow) env.allowed.emplace(f.name());
    check_registry();
    if (!options.name.empty()) {
      distribution::check(options);
      distribution_ =
          std::make_unique<distribution>(engine_, options, machine_ ? machine_->random() : random_);
    }
    // Last: it is on the first worker already, where nothing may end it before the engine has stopped.
    if (!hosted_ && options.stuck > duration{})
      watchdog_ = std::make_unique<watchdog>(engine_, options.stuck);
  }

  /// The workers end before the network that they use is gone.
  ~asio_node_core() override { engine_.stop(); }

  environment& env() noexcept override { return engine_.env(); }
  void start() override { engine_.start(); }
  reason run(launch& program) override {
    reason outcome = errc::shutdown;
    using kept = typename detail::callable<&detail::main_actor>::kept;
    start_actor(env(),
                detail::make_launch<detail::launch_of<&detail::main_actor>>(
                    env(), kept{std::unique_ptr<launch, detail::launch_end>{&program}, &outcome, this}),
                {});
    engine_.run();
    return outcome;
  }
  void serve() override {
    auto* const on_asio = dynamic_cast<asio_poller*>(&engine_.first().sleeps_on());
    if (!on_asio) return engine_.run();  // a simulated machine has no signals
    asio::basic_signal_set<asio::io_context::executor_type> signals{on_asio->io(), SIGINT, SIGTERM};
    signals.async_wait([this](const auto& failed, int) {
      if (!failed) stop();
    });
    engine_.run();
  }
  void stop() override { engine_.stop(); }

  remote_requests* network() noexcept override { return distribution_ ? &distribution_->network() : nullptr; }
  void disconnect(std::string_view node) override {
    if (distribution_) distribution_->network().disconnect(node);
  }
  void monitor_node(const pid& watcher, std::string_view node, bool on) override {
    if (distribution_) distribution_->network().monitor_node(watcher, node, on);
  }
  std::vector<std::string> connected() override {
    return distribution_ ? distribution_->network().connected() : std::vector<std::string>{};
  }
  std::vector<session_info> sessions() override {
    return distribution_ ? distribution_->network().sessions() : std::vector<session_info>{};
  }

 private:
  openssl_random random_;
  std::unique_ptr<hosting_context> const hosted_;
  machine* const machine_;
  engine engine_;
  std::unique_ptr<watchdog> watchdog_;
  std::unique_ptr<distribution> distribution_;
};

SNOW_COMPILED_ONCE std::unique_ptr<node_core> make_node_core(node& n, const node_options& options) {
  return std::make_unique<asio_node_core>(n, options);
}

SNOW_COMPILED_ONCE node_info node::info() {
  environment& env = core_->env();
  return {.name = name(),
          .workers = env.size(),
          .actors = actors(),
          .sessions = core_->sessions(),
          .undelivered = env.undelivered.load(std::memory_order_relaxed),
          .rejected = env.rejected.load(std::memory_order_relaxed)};
}

SNOW_COMPILED_ONCE std::vector<peer> node::peers() {
  std::vector<peer> all;
  for (auto& name : core_->connected()) all.emplace_back(*core_->network(), std::move(name));
  return all;
}

SNOW_COMPILED_ONCE void context::monitor_node(std::string_view name, bool on) {
  attached(*worker::current()->running).watches_nodes = true;
  node().core_->monitor_node(id(), name, on);
}

SNOW_COMPILED_ONCE void context::monitor_nodes(bool on) {
  monitor_node(every_node, on);
}

SNOW_COMPILED_ONCE int node::run_program(launch& program) {
  std::string_view const name = program.does->function;
  reason const why = core_->run(program);
  if (why == errc::normal || why == errc::shutdown) return 0;
  fmt::print(stderr, "snow: {} ended: {}\n", name, why.to_string());
  return 1;
}

SNOW_COMPILED_ONCE int node::serve() {
  core_->serve();
  return 0;
}

}  // namespace snow

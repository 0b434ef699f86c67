// A service that moves between nodes while its clients keep asking.
//
//   failover serve --name b@127.0.0.1:4201                          a node on which the service may run; start some
//   failover manage --name m@127.0.0.1:4200 --on b@127.0.0.1:4201 --on c@127.0.0.1:4202
//   failover ask --name x@127.0.0.1:4210 --manager m@127.0.0.1:4200 --for 10
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <vector>

#include "tickets.hpp"

using namespace std::chrono_literals;

constexpr auto cookie = "only-for-this-example";
constexpr snow::limits impatient{.heartbeat = 250ms, .missed_heartbeats = 3};
// Until then a service that was given up has noticed it, and ended: two never run at once, unless a node stood still.
constexpr auto failover_delay = impatient.heartbeat * (impatient.missed_heartbeats + 1);

struct options {
  std::string name, manager;
  std::vector<std::string> on;    // where the service may run
  std::vector<std::string> kill;  // "node=process id": killed once that node has answered for a while
  int seconds = 0;                // how long to ask, at most if there is something to kill
  bool verify = false;
};

// ---- who supervises it

snow::actor manager(snow::context& self, std::vector<std::string> nodes) {
  self.trap_exits(true);
  snow::supervision const what{
      .intensity = 10,
      .period = 1min,
      .children = {{.id = "tickets",
                    .start = snow::start<tickets>(),
                    .nodes = nodes,
                    .failover_delay = failover_delay}},
  };
  self.spawn_link<snow::supervisor>(snow::spawn_options{.name = "services"}, what);
  co_await self.receive([&](const snow::exit_signal& e) {
    fmt::print(stderr, "the supervisor has ended: {}\n", e.reason.to_string());
    self.node().stop();
  });
}

// ---- who asks it

struct account {
  std::uint64_t asked = 0, answered = 0, wrong = 0;
  std::map<std::string, std::uint64_t> failed;    // by reason
  std::map<std::string, std::uint64_t> answered_by;
  std::vector<std::string> moves;
  std::map<std::string, int> to_kill;             // process ids, by node
  ticket last;
  snow::time_point last_answer;
  snow::duration longest_pause{};
};

// Where the service runs now, or nowhere.
snow::task<snow::pid> find(snow::context& self, std::string manager) {
  auto asking = self.ask<snow::which_children>(snow::named{"services", manager}).within(1s);
  auto const children = co_await snow::as_result(std::move(asking));
  if (!children) co_return snow::pid{};
  for (auto const& child : *children) {
    if (child.id != "tickets" || !child.pid) continue;
    auto connecting = self.node().connect(child.node).within(1s);
    auto const peer = co_await snow::as_result(std::move(connecting));
    if (peer) co_return child.pid;
  }
  co_return snow::pid{};
}

void take(account& a, const ticket& t, snow::time_point now) {
  constexpr std::uint64_t enough = 2'000;
  ++a.answered;
  if (!t.is_after(a.last)) ++a.wrong;  // given out twice, or by a service that should have ended
  if (t.node != a.last.node) {
    a.moves.push_back(t.node);
    fmt::print("the tickets come from {}\n", t.node);
    std::fflush(stdout);
  }
  a.last = t;
  if (a.answered > 1) a.longest_pause = std::max(a.longest_pause, now - a.last_answer);
  a.last_answer = now;
  if (++a.answered_by[t.node] < enough) return;
  if (auto const victim = a.to_kill.extract(t.node)) ::kill(victim.mapped(), SIGKILL);
}

snow::actor client(snow::context& self, const options* o, account* a) {
  auto connecting = self.node().connect(o->manager);
  co_await std::move(connecting);
  auto const begun = self.now();
  snow::pid service;
  std::size_t const moves = o->kill.size() + 1;
  auto const done = [&] {
    bool const seen_all = !o->kill.empty() && a->moves.size() >= moves && a->answered_by[a->last.node] >= 2'000;
    return seen_all || self.now() - begun >= std::chrono::seconds{o->seconds};
  };
  while (!done()) {
    if (!service) {
      auto finding = find(self, o->manager);
      service = co_await std::move(finding);
      if (!service) co_await self.sleep_for(20ms);
      continue;
    }
    ++a->asked;
    auto asking = self.ask<next_ticket>(service).within(1s);
    auto const answer = co_await snow::as_result(std::move(asking));
    if (answer) {
      take(*a, *answer, self.now());
    } else {
      ++a->failed[std::string{to_string(answer.error().which())}];
      service = {};
    }
  }
}

int report(const options& o, const account& a) {
  std::uint64_t failed = 0;
  std::string reasons;
  for (auto const& [reason, n] : a.failed) {
    failed += n;
    reasons += fmt::format("{}{} {}", reasons.empty() ? ": " : ", ", n, reason);
  }
  std::uint64_t const lost = a.asked - a.answered - failed;
  fmt::print("{} asked, {} answered, {} failed with an error{}\n", a.asked, a.answered, failed, reasons);
  for (auto const& [node, n] : a.answered_by) fmt::print("{}: {} answers\n", node, n);
  fmt::print("it moved {} times; longest without an answer: {:.2f} s\n", a.moves.empty() ? 0 : a.moves.size() - 1,
             std::chrono::duration<double>(a.longest_pause).count());
  if (!o.verify) return 0;
  bool const moved = a.moves.size() > o.kill.size();
  bool const good = a.answered > 0 && a.wrong == 0 && lost == 0 && moved;
  fmt::print("{}: {} wrong answers, {} lost without an error{}\n", good ? "verified" : "NOT as promised", a.wrong, lost,
             moved ? "" : ", and the service did not come through everywhere");
  return good ? 0 : 1;
}

int main(int argc, char** argv) {
  CLI::App cli{"A supervised service that moves between nodes"};
  options o;
  auto* const serve = cli.add_subcommand("serve", "serve until SIGTERM");
  auto* const manage = cli.add_subcommand("manage", "supervise the service until SIGTERM");
  auto* const ask = cli.add_subcommand("ask", "keep asking it");
  for (auto* const c : {serve, manage, ask}) c->add_option("--name", o.name, "id@host:port")->required();
  manage->add_option("--on", o.on, "a node on which the service may run, in the order of preference; repeat")->required();
  ask->add_option("--manager", o.manager, "name of the node that supervises")->required();
  ask->add_option("--for", o.seconds, "seconds")->required();
  ask->add_option("--kill", o.kill, "node=process id, to be killed when that node has given 2000 tickets; repeat");
  ask->add_flag("--verify", o.verify, "fail unless all answers are right and none is missing without an error");
  cli.require_subcommand(1);
  CLI11_PARSE(cli, argc, argv);
  try {
    snow::node node{{.name = o.name, .cookie = cookie, .limits = impatient}};
    if (*manage) node.spawn<manager>(o.on);
    if (!*ask) return node.serve();
    account a;
    for (auto const& k : o.kill) {
      auto const at = k.rfind('=');
      if (at == std::string::npos) throw snow::error{snow::errc::bad_arguments, "--kill takes node=process id"};
      a.to_kill.emplace(k.substr(0, at), std::stoi(k.substr(at + 1)));
    }
    if (int const failed = node.run<client>(&o, &a)) return failed;
    return report(o, a);
  } catch (const std::exception& e) {
    fmt::print(stderr, "failover: {}\n", e.what());
    return 3;
  }
}

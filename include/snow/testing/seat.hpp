#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "snow/base/format.hpp"
#include "snow/node.hpp"
#include "snow/process/activation.hpp"
#include "snow/testing/computer.hpp"

namespace snow::testing::detail {

using envelope_ptr = std::unique_ptr<envelope, disposer>;

/// Says that something is under way.
class flagged {
 public:
  explicit flagged(bool& f) noexcept : flag_{f} { flag_ = true; }
  flagged(const flagged&) = delete;
  ~flagged() { flag_ = false; }

 private:
  bool& flag_;
};

/// Runs `f` on the first worker of a node, between its turns, as the actor `as`.
template <class F>
decltype(auto) inside(environment& env, cell* as, F f) {
  struct stage {
    worker& w;
    cell* before;
    stage(worker& on, cell* c) noexcept : w{on}, before{std::exchange(on.running, c)} {}
    stage(const stage&) = delete;
    ~stage() {
      w.running = before;
      w.wake();
    }
  };
  worker& w = env.at(0);
  worker::entered const in{w};
  stage const on{w, as};
  return f();
}

/// A pid of one node as another node knows it.
inline pid in_view(environment& from, environment& to, pid p) {
  if (&from == &to || !p) return p;
  std::string_view name;
  std::uint64_t creation = 0;
  if (!from.router->names().spell(p.node, name, creation)) return {};
  p.node = to.router->names().intern(name, creation);
  return p;
}
/// The same with those that stand in a value, if any can.
template <class T>
T in_view(environment& from, environment& to, T value) {
  if constexpr (std::same_as<T, down>) {
    value.pid = value.monitor.pid = in_view(from, to, value.pid);
  } else if constexpr (std::same_as<T, exit_signal>) {
    value.pid = in_view(from, to, value.pid);
  } else if constexpr (portable<T>) {
    if (&from == &to) return value;
    byte_buffer out;
    writer w{out, &from.router->names()};
    encode_body(w, value);
    reader r{out.span(), &to.router->names()};
    return decode_body<T>(r).value();
  }
  return value;
}

/// A place in a node's table of actors where no actor sits: its signals are taken by the test, between turns.
/// To everyone else it is a process like any other.
struct seat {
  environment* env;  ///< null once its node is gone
  environment& kit;  ///< of the node under test, whose pids the test knows
  std::string name;
  snow::cell* cell = nullptr;  ///< null once it has ended
  pid own;                     ///< on its node
  pid seen;                    ///< on the node under test
  std::deque<envelope_ptr> got;
  std::vector<std::function<bool(envelope&)>> handlers;
  bool handling = false;
  bool endures = false;  ///< nobody ends it

  seat(environment& on, environment& under_test, std::string called);
  seat(const seat&) = delete;
  seat& operator=(const seat&) = delete;
  ~seat() { close(); }

  /// Takes what has come: signals act, messages go to a handler or to `got`.
  void take_in();
  void handle_all();
  void end(const reason& why);
  /// The same, and nobody is told: its process is no more.
  void close();

  template <class M>
  M open(envelope& e);
  template <class R, class... U>
  void answer(const reply_path& to, U&&... value);
  void fail(const reply_path& to, errc why, std::string details) {
    inside(*env, cell, [&] { snow::detail::answer_failure(*env, to, why, std::move(details)); });
  }
  template <class M, class To, class... Args>
  void send(const To& to, Args&&... args);
  monitor_ref monitor(const pid& target);
  void exit(const pid& to, exit_order order);
  std::vector<pid> watchers() const;

 private:
  struct nobody : launch {
    nobody() noexcept : launch{&operations_} {}
    static constexpr operations operations_{[](launch&) -> frame* { return nullptr; },
                                            snow::detail::destroy_launch<nobody>, "snow::testing::probe"};
  };
  std::optional<reason> take_signals();
  void must_live() const {
    if (!cell) throw error{errc::no_process, "the double " + name + " has ended"};
  }
  pid here(const pid& p) const { return in_view(kit, *env, p); }
  static const named& here(const named& n) noexcept { return n; }
};

inline seat::seat(environment& on, environment& under_test, std::string called)
    : env{&on}, kit{under_test}, name{std::move(called)} {
  inside(on, nullptr, [&] {
    snow::cell& c = on.acquire_slot();
    own = c.id();
    if (!name.empty()) {
      if (!on.names.add(name, own)) {
        on.give_slot_back(c);
        throw error{errc::name_in_use, name};
      }
      attached(c).names.push_back(name);
    }
    launch& l = snow::detail::make_launch<nobody>(on);
    l.owner = &c;
    c.launched = &l;
    c.function.store(l.does, std::memory_order_relaxed);
    c.traps_exits = true;
    // Open, and never idle: so nobody ever schedules it.
    c.inbox.open();
    cell = &c;
  });
  seen = in_view(on, under_test, own);
  if (name.empty()) name = fmt::format("{}", seen);
}

inline std::optional<reason> seat::take_signals() {
  using snow::detail::effect;
  for (snow::detail::batch mail{*cell, cell->inbox.take()}; mail.first;) {
    envelope& e = *mail.next();
    if (endures && e.kind == signal_kind::exit) {
      dispose(&e);
      continue;
    }
    effect const did = snow::detail::handle(*cell, e, false);
    while (envelope* const message = cell->first) {
      cell->unlink(nullptr, *message);
      if (is_raw(*message)) raw_of(*message).room.give_back();
      got.emplace_back(message);
    }
    if (did == effect::end) return cell->attached->why;
  }
  return std::nullopt;
}

inline void seat::take_in() {
  if (!cell || !cell->inbox.has_mail()) return;
  std::optional<reason> const ends = inside(*env, cell, [&] { return take_signals(); });
  handle_all();
  if (ends) end(*ends);
}

inline void seat::handle_all() {
  if (!cell || handlers.empty() || handling) return;
  flagged const now{handling};
  for (std::size_t i = 0; i < got.size();) {
    envelope_ptr e = std::move(got[i]);
    got.erase(got.begin() + static_cast<std::ptrdiff_t>(i));
    bool const handled = inside(*env, cell, [&] {
      return std::any_of(handlers.begin(), handlers.end(), [&](auto& h) { return h(*e); });
    });
    if (!handled) got.insert(got.begin() + static_cast<std::ptrdiff_t>(i++), std::move(e));
  }
}

inline void seat::end(const reason& why) {
  if (!cell) return;
  inside(*env, nullptr, [&] {
    for (auto const& e : got)
      if (std::exchange(e->asked, false))
        snow::detail::fail_request(*env, *e, why.code(), std::string{why.text()});
    env->living.fetch_add(1);  // no actor: the end of its node does not wait for it
    snow::detail::end_actor(env->at(0), *std::exchange(cell, nullptr), why);
  });
}

inline void seat::close() {
  if (!env) return;
  if (cell && cell->attached) {
    cell->attached->watchers.clear();
    cell->attached->watching.clear();
  }
  for (auto const& e : got) e->asked = false;
  end(errc::killed);
  inside(*std::exchange(env, nullptr), nullptr, [&] { got.clear(); });
}

/// The message, as the node under test understands it.
template <class M>
M seat::open(envelope& e) {
  if constexpr (portable<M>) {
    if (is_raw(e)) {
      auto value = M();
      std::string why;
      if (!inside(kit, nullptr, [&] { return kit.decode(raw_of(e).body, value, why); }))
        throw error{errc::bad_arguments, why};
      return value;
    }
  }
  return in_view(*env, kit, std::move(static_cast<letter<M>&>(e).value));
}

template <class R, class... U>
void seat::answer(const reply_path& to, U&&... value) {
  inside(*env, cell, [&] {
    if constexpr (std::is_void_v<R>) {
      snow::detail::answer_with<R>(*env, to);
    } else {
      snow::detail::answer_with<R>(*env, to, in_view(kit, *env, R(std::forward<U>(value)...)));
    }
  });
}

template <class M, class To, class... Args>
void seat::send(const To& to, Args&&... args) {
  must_live();
  inside(*env, cell, [&] {
    if (env == &kit) {
      auto* const made = snow::detail::build<letter<M>, M>(*env, std::tuple<>{}, std::forward<Args>(args)...);
      snow::detail::send_now<M>(nullptr, own, to, *made);
    } else {
      auto value = in_view(kit, *env, snow::detail::made_of<M>(std::forward<Args>(args)...));
      auto* const made = env->make<letter<M>>(signal_kind::message, message_type_of<M>, std::move(value));
      snow::detail::send_now<M>(nullptr, own, here(to), *made);
    }
  });
}

inline monitor_ref seat::monitor(const pid& target) {
  must_live();
  monitor_ref m = inside(*env, cell, [&] { return snow::detail::start_watching(*cell, here(target)); });
  m.pid = target;
  return m;
}

inline void seat::exit(const pid& to, exit_order order) {
  must_live();
  inside(*env, cell, [&] {
    order.from = own;
    pid const target = here(to);
    if (target.node == this_node)
      signal_exit(*env, target, std::move(order));
    else
      env->router->exit(own, target, order.why, order.kill);
  });
}

inline std::vector<pid> seat::watchers() const {
  std::vector<pid> all;
  if (cell && cell->attached)
    for (auto const& k : cell->attached->watchers) all.push_back(in_view(*env, kit, k.watcher));
  return all;
}

}  // namespace snow::testing::detail

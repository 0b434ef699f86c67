#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/base/config.hpp"
#include "snow/process/activation.hpp"
#include "snow/process/deadline.hpp"
#include "snow/process/send.hpp"
#include "snow/process/spawn.hpp"
#include "snow/registry/implementation.hpp"
#include "snow/runtime/implementation.hpp"

// What no program instantiates and little of which is hot: compiled once for a project.

namespace snow {

namespace detail {

SNOW_COMPILED_ONCE attachments& attach(cell& c) {
  c.attached = new attachments;
  return *c.attached;
}

/// Of one that `parent` spawns with a link.
inline attachments::pids ancestors_of_child(const pid& parent) {
  constexpr std::size_t most = 16;
  worker const* const w = worker::current();
  cell* const here = w ? w->running : nullptr;
  if (!here || here->id() != parent) return std::make_shared<const std::vector<pid>>(1, parent);
  attachments& a = attached(*here);
  if (!a.of_its_children) {
    std::vector<pid> all{parent};
    if (a.ancestors)
      all.insert(all.end(), a.ancestors->begin(),
                 a.ancestors->begin() + static_cast<std::ptrdiff_t>(std::min(a.ancestors->size(), most - 1)));
    a.of_its_children = std::make_shared<const std::vector<pid>>(std::move(all));
  }
  return a.of_its_children;
}

}  // namespace detail

SNOW_COMPILED_ONCE bool local_names::add(std::string_view name, const pid& p) {
  std::lock_guard const lock{mutex_};
  return names_.try_emplace(std::string{name}, p).second;
}

SNOW_COMPILED_ONCE bool local_names::remove(std::string_view name, const pid& p) {
  std::lock_guard const lock{mutex_};
  auto const it = names_.find(name);
  if (it == names_.end() || it->second != p) return false;
  names_.erase(it);
  return true;
}

SNOW_COMPILED_ONCE pid local_names::find(std::string_view name) const {
  std::shared_lock const lock{mutex_};
  auto const it = names_.find(name);
  return it == names_.end() ? pid{} : it->second;
}

SNOW_COMPILED_ONCE pid start_actor(environment& env, launch& l, const start_options& o) {
  struct guard {
    environment& env;
    launch* l;
    ~guard() {
      if (!l) return;
      l->does->destroy(*l);
      env.living.fetch_sub(1, std::memory_order_acq_rel);
    }
  } owned{env, &l};
  // Counted before it looks: who sets `refusing` and then counts none knows that none will come. All seq_cst.
  if (env.living.fetch_add(1) >= env.actor_limit)
    throw error{errc::overloaded,
                "the node holds its limit of " + std::to_string(env.actor_limit) + " actors"};
  if (env.refusing.load()) throw error{errc::shutting_down, "the node starts no actor any more"};
  cell& c = env.acquire_slot();
  pid const id = c.id();
  if (!o.name.empty()) {
    if (!env.names.add(o.name, id)) {
      env.give_slot_back(c);
      throw error{errc::name_in_use, std::string{o.name}};
    }
    attached(c).names.emplace_back(o.name);
  }
  if (o.code) attached(c).code = o.code;
  if (o.linked_to) {
    detail::links_of(c).link(o.linked_to, o.connection);
    attached(c).ancestors = detail::ancestors_of_child(o.linked_to);
  }
  if (o.watcher.watcher) attached(c).watchers.insert({o.watcher.monitor, o.watcher.watcher});
  if (o.mailbox_limit > 0) {
    attached(c).limit = o.mailbox_limit;
    c.when_full.store(static_cast<std::uint8_t>(o.on_full), std::memory_order_relaxed);
    c.room.store(o.mailbox_limit, std::memory_order_relaxed);
  }
  l.kin = o.parent;
  l.owner = &c;
  c.launched = std::exchange(owned.l, nullptr);
  c.function.store(l.does, std::memory_order_relaxed);
  if (env.observer) env.observer->on_start(id, l.does->function);
  if (o.announce) o.announce(o.announce_to, id);
  c.inbox.open();
  env.schedule(c);
  // Whoever began to refuse meanwhile may have told all to end before this one was there.
  if (env.refusing.load()) signal_exit(env, id, {{}, errc::shutdown, false, true, true});
  return id;
}

SNOW_COMPILED_ONCE bool environment::decode(const bytes& body, void (*get)(reader&, void*), void* value,
                                            std::string& why) const {
  try {
    reader r{body, router ? &router->names() : nullptr, reading};
    detail::read_names(r);
    get(r, value);
    r.finish();
    if (!r.failed()) return true;
    why = r.error().details();
  } catch (const std::exception& e) {
    why = e.what();
  } catch (...) {
    why = "an exception that is no std::exception";
  }
  return false;
}

SNOW_COMPILED_ONCE void discard(environment& env, envelope& e) {
  const reason* const why = detail::ending::with();
  switch (e.kind) {
    case signal_kind::message:
      env.undelivered.fetch_add(1, std::memory_order_relaxed);
      if (e.asked)
        detail::fail_request(env, e, why ? why->code() : errc::no_process,
                             why ? std::string{why->text()} : "the process is gone");
      break;
    case signal_kind::monitor:
      give_down(env, static_cast<letter<watch>&>(e).value, errc::no_process);
      break;
    case signal_kind::room: {
      auto const& r = static_cast<letter<room_request>&>(e).value;
      signal_completion(env, r.sender, r.number);
      break;
    }
    case signal_kind::inspect:
      give_reply<failed_reply>(env, static_cast<letter<reply_path>&>(e).value, errc::no_process,
                               std::string{});
      break;
    case signal_kind::link:
      detail::refuse_link(env, static_cast<letter<link_signal>&>(e).value, errc::no_process);
      break;
    case signal_kind::unlink:
      detail::acknowledge_unlink(env, static_cast<letter<link_signal>&>(e).value);
      break;
    case signal_kind::unlink_ack:
    case signal_kind::reply:
    case signal_kind::exit:
    case signal_kind::demonitor:
    case signal_kind::down:
    case signal_kind::completion:
      break;
  }
  dispose(&e);
}

namespace detail {

template <class To>
[[gnu::noinline]] sent send_elsewhere(environment& env, cell* c, const pid& from, const To& to, envelope& e,
                                      opens open, pid* found = nullptr) {
  outgoing const out = open(e);
  routing const way = !env.router   ? routing{}
                      : !out.encode ? routing{routed::not_serializable}
                                    : env.router->send(from, to, out, nullptr);
  dispose(&e);
  if (found) found->node = way.node;
  bool const congested = way.what == routed::congested;
  if (congested && c) pace(*c, {way.node, 0, 0});
  if (way.what == routed::no_connection) env.undelivered.fetch_add(1, std::memory_order_relaxed);
  return {failure_of(way.what), congested || way.what == routed::waits};
}
[[gnu::always_inline]] inline sent send_here(environment& env, cell* c, const pid& to, envelope& e) {
  switch (post(env, to, e)) {
    case posted::full:
      if (c) pace(*c, to);
      return {errc::normal, true};
    case posted::rejected:
      return {errc::overloaded, false};
    case posted::sent:
    case posted::gone:
      break;
  }
  return {};
}

SNOW_COMPILED_ONCE sent send_letter(cell* c, const pid& from, const pid& to, envelope& e, opens out) {
  environment& env = environment::current();
  if (env.observer) env.observer->on_send(from, to, e);
  return to.node == this_node ? send_here(env, c, to, e) : send_elsewhere(env, c, from, to, e, out);
}
SNOW_COMPILED_ONCE sent send_letter(cell* c, const pid& from, const named& to, envelope& e, opens out,
                                    pid& found) {
  environment& env = environment::current();
  if (env.observer) env.observer->on_send(from, to, e);
  if (!env.is_here(to)) return send_elsewhere(env, c, from, to, e, out, &found);
  found = env.names.find(to.name());
  return send_here(env, c, found, e);
}

SNOW_COMPILED_ONCE void deadline_timer::arm(const pid& whose, time_point at, std::uint64_t number) {
  worker& w = *worker::current();
  auto* const t = make_envelope<armed>(w.memory(), signal_kind::completion, destroys<armed>);
  t->number = number;
  t->whose = whose;
  w.arm(*t, at,
        [](timer& fired, worker& on) { give(environment::of(on), static_cast<armed&>(fired).whose, fired); });
  timer_ = t;
}
SNOW_COMPILED_ONCE void deadline_timer::disarm() noexcept {
  worker::cancel(*std::exchange(timer_, nullptr));
}

SNOW_COMPILED_ONCE posted post_beyond(environment& env, cell& c, const pid& to, envelope& e) {
  switch (static_cast<on_full>(c.when_full.load(std::memory_order_relaxed))) {
    case on_full::block:
      return posted::full;
    case on_full::reject:
      c.room.fetch_add(1, std::memory_order_relaxed);
      env.rejected.fetch_add(1, std::memory_order_relaxed);
      if (e.asked) fail_request(env, e, errc::overloaded, "its mailbox is full");
      dispose(&e);
      return posted::rejected;
    case on_full::end:
      signal_exit(env, to, {to, errc::overloaded, false, true});
      break;
  }
  return posted::sent;
}

SNOW_COMPILED_ONCE void let_senders_go_on(attachments& a) {
  for (auto const& [number, sender] : std::exchange(a.waiting_for_room, {}))
    signal_completion(environment::current(), sender, number);
}

SNOW_COMPILED_ONCE void answer_failure(environment& env, const reply_path& to, errc why,
                                       std::string details) {
  if (to.asker.node == this_node) {
    give_reply<failed_reply>(env, to, why, std::move(details));
  } else if (env.router) {
    env.router->reply(running(), to, {.status = why, .details = std::move(details)});
  }
}

SNOW_COMPILED_ONCE void answer_let_go(environment& env, const reply_path& to, std::string_view how) {
  if (std::uncaught_exceptions() > 0) {
    answer_failure(env, to, errc::exception, "its holder failed");
  } else if (const reason* const why = ending::with()) {
    answer_failure(env, to, why->code(), std::string{why->text()});
  } else {
    answer_failure(env, to, errc::abandoned, std::string{how});
  }
}

SNOW_COMPILED_ONCE void fail_request(environment& env, envelope& e, errc why, std::string details) {
  answer_failure(env, path_of(e), why, std::move(details));
}

SNOW_COMPILED_ONCE reason reason_of_exception() {
  try {
    throw;
  } catch (const std::exception& e) {
    return {errc::exception, e.what()};
  } catch (...) {
    return {errc::exception, "an exception that is no std::exception"};
  }
}

SNOW_COMPILED_ONCE void fail_request_by_exception(envelope& e) {
  if (!e.asked) return;
  e.asked = false;
  fail_request(environment::current(), e, errc::exception, std::string{reason_of_exception().text()});
}

SNOW_COMPILED_ONCE void note_failed(const envelope& e) noexcept {
  worker const* const w = worker::current();
  if (std::uncaught_exceptions() == 0 || !w || !w->running) return;
  attached(*w->running).failed_message = is_raw(e) ? std::string_view{} : type_of(e).name;
}

SNOW_COMPILED_ONCE void drop(cell& c, envelope& e) {
  environment& env = environment::current();
  env.rejected.fetch_add(1, std::memory_order_relaxed);
  std::string_view const name = is_raw(e) ? std::string_view{"from another node"} : type_of(e).name;
  env.report(
      log_level::warning, "message",
      std::string{"dropped a message whose type has the name but not the shape that its handler takes: "}
          .append(name),
      c.id());
  if (e.asked) fail_request(env, e, errc::signature_mismatch, "the handler's type has another shape");
  give_room(c, e);
  dispose(&e);
}

SNOW_COMPILED_ONCE void drop_undecoded(cell& c, envelope& e, std::string_view name, std::string why) {
  environment& env = environment::current();
  env.rejected.fetch_add(1, std::memory_order_relaxed);
  env.report(log_level::warning, "message",
             std::string{"dropped a "}.append(name).append(" that does not decode: ").append(why), c.id());
  if (e.asked) fail_request(env, e, errc::bad_arguments, std::move(why));
  dispose(&e);
}

SNOW_COMPILED_ONCE void answer_unanswered(envelope& e) {
  answer_let_go(environment::current(), path_of(e), "the request was taken and not answered");
}

SNOW_COMPILED_ONCE void refuse_asker(envelope& e, std::string_view name) {
  fail_request(environment::current(), e, errc::signature_mismatch,
               std::string{"the asker expects another type than the reply of "}.append(name));
  dispose(&e);
}

}  // namespace detail

}  // namespace snow

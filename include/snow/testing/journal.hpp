#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/base/format.hpp"
#include "snow/process/actor_observer.hpp"
#include "snow/testing/seat.hpp"
#include "snow/testing/show.hpp"
#include "snow/testing/simulation.hpp"

namespace snow::testing {

/// A message that an actor has sent, whatever became of it.
struct sent_message {
  duration at;  ///< since the beginning
  pid from;
  std::string sender;  ///< its name, its function or its pid
  pid to;              ///< null for a name that nobody has, or on another node
  std::string receiver;
  bool asked = false;  ///< and the sender waits for the answer
  const message_type* type = nullptr;

  template <class M>
  bool is() const noexcept {
    return type == &message_type_of<M>;
  }
  /// `account sent bank a balance`.
  std::string to_string() const {
    return sender + (asked ? " asked " : " sent ") + receiver + " " + detail::with_article(type->name);
  }
};

/// The same with its value.
template <class M>
struct recorded {
  pid from;
  pid to;
  M value;
};

namespace detail {

/// Writes down what the actors of a node send; not what doubles send, nor the node's own.
class journal final : public actor_observer {
 public:
  journal(const simulation& sim, environment& env) noexcept
      : sim_{sim}, env_{env}, next_{std::exchange(env.observer, this)} {}
  ~journal() { env_.observer = next_; }

  void know(std::shared_ptr<const seat> a_double) { doubles_.push_back(std::move(a_double)); }
  bool is_double(const pid& p) const { return double_of(p) != nullptr; }

  const std::vector<sent_message>& all() const noexcept { return all_; }
  void clear() noexcept { all_.clear(); }
  template <class M>
  const std::vector<recorded<M>>& record();
  /// The name of a type that was sent; empty if none has that hash.
  std::string_view name_of_type(const type_key& key) const {
    auto const it = types_.find(key.name_hash);
    return it == types_.end() ? std::string_view{} : it->second;
  }

  void on_start(const pid& who, std::string_view function) noexcept override {
    next_->on_start(who, function);
  }
  void on_end(const pid& who, std::string_view function, const reason& why) noexcept override {
    next_->on_end(who, function, why);
  }
  void on_send(const pid& from, const pid& to, const envelope& m) override { note(from, to, who(to), m); }
  void on_send(const pid& from, const named& to, const envelope& m) override {
    if (env_.is_here(to))
      note(from, env_.names.find(to.name()), to.name(), m);
    else
      note(from, {}, to.name() + " on " + to.node(), m);
  }

 private:
  struct recorder {
    virtual ~recorder() = default;
    virtual void see(const sent_message& about, const envelope& m) = 0;
  };
  template <class M>
  struct recorder_of final : recorder {
    static_assert(std::copy_constructible<M>,
                  "snow: what is recorded is copied: the message must be copyable");
    std::vector<recorded<M>> all;
    void see(const sent_message& about, const envelope& m) override {
      if (about.is<M>()) all.push_back({about.from, about.to, static_cast<const letter<M>&>(m).value});
    }
  };

  const seat* double_of(const pid& p) const {
    auto const it =
        std::find_if(doubles_.begin(), doubles_.end(), [&](auto const& d) { return d->seen == p; });
    return it == doubles_.end() ? nullptr : it->get();
  }
  std::string who(const pid& p);
  void note(const pid& from, const pid& to, std::string receiver, const envelope& m);

  const simulation& sim_;
  environment& env_;
  actor_observer* const next_;  // the node's own
  std::vector<std::shared_ptr<const seat>> doubles_;
  std::vector<sent_message> all_;
  std::map<std::uint64_t, std::string_view> types_;  // by the hash of their names
  std::vector<std::unique_ptr<recorder>> recorders_;
};

template <class M>
const std::vector<recorded<M>>& journal::record() {
  for (auto const& r : recorders_)
    if (auto const* const mine = dynamic_cast<recorder_of<M>*>(r.get())) return mine->all;
  recorders_.push_back(std::make_unique<recorder_of<M>>());
  return static_cast<recorder_of<M>&>(*recorders_.back()).all;
}

inline std::string journal::who(const pid& p) {
  if (auto const* const d = double_of(p)) return d->name;
  if (p.node == this_node)
    if (snow::cell* const c = env_.actors().find(p)) {
      if (c->attached && !c->attached->names.empty()) return c->attached->names.front();
      if (auto const* const f = c->function.load()) return std::string{f->function};
    }
  return fmt::format("{}", p);
}

inline void journal::note(const pid& from, const pid& to, std::string receiver, const envelope& m) {
  const message_type& type = type_of(m);
  types_.emplace(type.key.name_hash, type.name);
  std::string sender = who(from);
  if (is_double(from) || sender.starts_with(environment::own_functions)) return;
  all_.push_back({sim_.now(), from, std::move(sender), to, std::move(receiver), m.asked, &type});
  for (auto const& r : recorders_) r->see(all_.back(), m);
}

}  // namespace detail

}  // namespace snow::testing

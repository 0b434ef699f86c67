#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "snow/node.hpp"
#include "snow/testing/computer.hpp"

namespace snow::testing {

class simulation;
class fixture;

namespace detail {

/// An actor that the outside asks about.
struct fate {
  pid id;
  std::optional<reason> end;
};

}  // namespace detail

/// An actor that was spawned from outside of the simulation.
class spawned {
 public:
  explicit spawned(std::shared_ptr<detail::fate> f) noexcept : fate_{std::move(f)} {}

  const snow::pid& pid() const noexcept { return fate_->id; }
  operator const snow::pid&() const noexcept { return fate_->id; }
  bool has_ended() const noexcept { return fate_->end.has_value(); }
  /// None while it lives. `killed` if its node has crashed.
  const std::optional<reason>& exit_reason() const noexcept { return fate_->end; }

 private:
  std::shared_ptr<detail::fate> fate_;
};

/// One node of a simulation, on a computer of its own: a `snow::node` like any other, until it stops or
/// crashes; then `simulation::restart` makes another of the same name.
class node {
 public:
  node(simulation& all, std::string id, node_options options) noexcept
      : all_{all}, id_{std::move(id)}, options_{std::move(options)} {}
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  ~node();

  /// What the simulation calls it.
  const std::string& id() const noexcept { return id_; }
  /// What other nodes call it: `"a@a:1"`.
  const std::string& name() const noexcept { return options_.name; }
  bool is_running() const noexcept { return node_ != nullptr; }
  /// Whether it is about to end in good order.
  bool is_stopping() const noexcept { return is_running() && stopping_; }
  snow::node& operator*() noexcept { return *node_; }
  snow::node* operator->() noexcept { return node_.get(); }

  /// The actor runs once the simulation does. Throws as `snow::node::spawn`, and `shutting_down` when
  /// the node has ended.
  template <auto F, class... Args>
  spawned spawn(Args&&... args);
  /// Bytes of actors, messages and frames, in the pools of its workers. Between turns.
  std::size_t held();

 private:
  friend class simulation;
  friend class fixture;

  /// Writes what actors do into the history, and how those ended that the outside asks about.
  class chronicle final : public actor_observer {
   public:
    explicit chronicle(node& of) noexcept : of_{of} {}
    void on_start(const snow::pid& who, std::string_view function) noexcept override;
    void on_end(const snow::pid& who, std::string_view function, const reason& why) noexcept override;

   private:
    /// Of a function that each compiler spells in its own way there is no name in a history; of an instance
    /// of a template the template's, since Clang says no more.
    static std::string_view name_of(std::string_view function) noexcept {
      function = function.substr(0, function.find('<'));
      return snow::detail::plain_name(function) ? function : "a function";
    }
    node& of_;
  };

  environment& env() noexcept { return node_->core_->env(); }
  void start();
  void stop();
  void crash();
  /// Whether an actor waits for a moment.
  bool has_deadlines();

  simulation& all_;
  std::string const id_;
  node_options const options_;
  chronicle chronicle_{*this};
  std::shared_ptr<computer> computer_;
  std::unique_ptr<snow::node> node_;
  bool stopping_ = false;
  std::map<snow::pid, std::shared_ptr<detail::fate>> fates_;
};

inline bool node::has_deadlines() {
  for (std::size_t i = 0; i < env().size(); ++i)
    if (env().at(i).has_deadlines()) return true;
  return false;
}

inline std::size_t node::held() {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < env().size(); ++i) env().at(i).tidy();
  for (std::size_t i = 0; i < env().size(); ++i) bytes += env().at(i).memory().held();
  return bytes;
}

template <auto F, class... Args>
spawned node::spawn(Args&&... args) {
  if (!node_) throw error{errc::shutting_down, "node \"" + id_ + "\" has ended: restart it first"};
  auto const f = std::make_shared<detail::fate>();
  f->id = node_->spawn<F>(std::forward<Args>(args)...);
  fates_.emplace(f->id, f);
  return spawned{f};
}

}  // namespace snow::testing

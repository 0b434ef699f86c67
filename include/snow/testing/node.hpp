#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/node.hpp"
#include "snow/testing/computer.hpp"

namespace snow::testing {

class simulation;
class fixture;

namespace detail {

/// An actor that the outside asks about.
struct fate {
  static constexpr std::uint64_t number = ~std::uint64_t{0};  // no request's
  pid id;
  std::optional<reason> end;
};

inline actor watches(context& self, std::shared_ptr<fate> f) {
  co_await self.receive([&](const down& d) { f->end = d.reason; });
}

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

/// One node of a simulation, on a computer of its own: a `snow::node` like any other, until it crashes; then
/// `simulation::restart` makes another of the same name.
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
  snow::node& operator*() noexcept { return *node_; }
  snow::node* operator->() noexcept { return node_.get(); }

  /// The actor runs once the simulation does. Throws as `snow::node::spawn`, and `shutting_down` when
  /// the node has crashed.
  template <auto F, class... Args>
  spawned spawn(Args&&... args);

 private:
  friend class simulation;
  friend class fixture;

  /// Writes what actors do into the history.
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
  void end(errc how);
  /// Whether an actor waits for a moment.
  bool has_deadlines();

  simulation& all_;
  std::string const id_;
  node_options const options_;
  chronicle chronicle_{*this};
  std::shared_ptr<computer> computer_;
  std::unique_ptr<snow::node> node_;
  std::vector<std::shared_ptr<detail::fate>> fates_;
};

inline bool node::has_deadlines() {
  for (std::size_t i = 0; i < env().size(); ++i)
    if (env().at(i).has_deadlines()) return true;
  return false;
}

template <auto F, class... Args>
spawned node::spawn(Args&&... args) {
  if (!node_) throw error{errc::shutting_down, "node \"" + id_ + "\" has crashed: restart it first"};
  auto const f = std::make_shared<detail::fate>();
  launch& made = snow::detail::make_launch<snow::detail::launch_of<F>>(
      env(), snow::detail::keep<typename snow::detail::callable<F>::kept>(std::forward<Args>(args)...));
  snow::pid const watcher = node_->spawn<&detail::watches>(f);
  f->id = start_actor(env(), made, {.watcher = {watcher, detail::fate::number, {}}});
  // Now: on another worker it may end before its watcher begins.
  attached(*env().actors().find(watcher)).watching.emplace(detail::fate::number, f->id);
  std::erase_if(fates_, [](auto const& known) { return known->end.has_value(); });
  fates_.push_back(f);
  return spawned{f};
}

}  // namespace snow::testing

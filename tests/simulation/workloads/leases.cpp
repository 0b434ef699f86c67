#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "simulation/workloads/driver.hpp"
#include "snow/cluster.hpp"

// Actors on all nodes take a few cluster-wide names, whose store is on the first one, and hold them as long
// as they can. At no instant two may believe to hold one; each epoch is higher than all before it.

namespace sweeping::leasing {

constexpr std::array<const char*, 2> few{"red", "green"};
constexpr snow::name_terms terms{
    .ttl = 3s, .drift = 0.06, .limit = 1s};  // clocks are drawn 5 % wrong at most

/// Who believes what. Looks at every holder's own clock, at the true moment.
class registrar {
 public:
  static registrar& of_run() { return *now; }
  registrar() { now = this; }
  ~registrar() { now = nullptr; }
  registrar(const registrar&) = delete;

  struct belief {
    std::string name;
    snow::global_name held;
    snow::environment* node;
    bool is_held() const { return node->clock().now() < held.held_until(); }
  };

  void took(const snow::global_name& n) {
    std::uint64_t& last = epochs_[n.name()];
    judge_.expect(n.epoch() > last, "{} has epoch {} after {}", n.name(), n.epoch(), last);
    last = std::max(last, n.epoch());
  }
  void believes(const belief& b) { beliefs_.insert(&b); }
  void ended(const belief& b) { beliefs_.erase(&b); }
  /// Nobody else believes to hold what this one holds. A clock that jumps shows more than the terms allow
  /// for.
  void check(const belief& b) {
    if (!b.is_held()) return;
    for (auto const* other : beliefs_)
      if (other != &b && other->name == b.name)
        judge_.expect(!other->is_held() || judge_.has_befallen("skew", course::of_run().of.ids.front()),
                      "{} is held by two, with epochs {} and {}", b.name, other->held.epoch(),
                      b.held.epoch());
  }
  /// Higher than any revision of a store before.
  std::uint64_t first_revision() { return ++starts_ << 32; }

 private:
  static inline registrar* now = nullptr;
  judge& judge_ = judge::of_run();
  std::map<std::string, std::uint64_t> epochs_;
  struct in_order {
    bool operator()(const belief* a, const belief* b) const {
      return std::pair{a->held.name(), a->held.epoch()} < std::pair{b->held.name(), b->held.epoch()};
    }
  };
  std::set<const belief*, in_order> beliefs_;
  std::uint64_t starts_ = 0;
};

/// From when an actor has a name to its end, whatever way that comes.
class standing {
 public:
  explicit standing(const snow::global_name& n) : belief_{n.name(), n, &snow::environment::current()} {
    registrar_.took(n);
    registrar_.believes(belief_);
    look();
  }
  standing(const standing&) = delete;
  ~standing() { registrar_.ended(belief_); }
  void look() { registrar_.check(belief_); }

 private:
  registrar& registrar_ = registrar::of_run();
  registrar::belief const belief_;
};

struct release {};

bool may_fail(const snow::error& e) {
  return may_fail_by_network(e) || e == snow::errc::no_process || e == snow::errc::name_in_use ||
         e == snow::errc::killed || e == snow::errc::not_allowed || e == snow::errc::abandoned;
}

/// Takes the name, if it can be had, and looks after it until it loses it, or its time is over.
snow::actor holder(snow::context& self, std::string name, snow::duration lives) {
  judge& judge = judge::of_run();
  std::string const store = course::of_run().names.front();
  snow::global_names names{self, std::make_shared<snow::embedded_store>(store), terms};
  std::optional<snow::global_name> mine;
  try {
    auto const taken = co_await names.register_name(name);
    mine.emplace(taken);
  } catch (const snow::error& e) {
    judge.expect(may_fail(e), "registering failed with {}", e.what());
  }
  if (!mine) co_return;
  standing here{*mine};
  snow::time_point const until = self.now() + lives;
  bool told = false, released = false;
  snow::time_point lost{};
  while (!told && self.now() < until && !course::of_run().done) {
    co_await self.receive([&](const snow::name_lost& l) { told = l.epoch == mine->epoch(); },
                          [&](release) {
                            mine->release(self);
                            released = true;
                          },
                          snow::after(20ms, [] {}));
    here.look();
    if (released) {
      judge.expect(!mine->is_held(self), "{} is held after it was released", name);
      co_return;
    }
    if (mine->is_held(self))
      lost = {};
    else if (lost == snow::time_point{})
      lost = self.now();
    judge.expect(told || lost == snow::time_point{} || self.now() - lost < 30s,
                 "{} is lost, and its holder is not told", name);
  }
  judge.expect(!told || !mine->is_held(self), "{} is held after it was told lost", name);
}

/// Ends the store of its node when nobody asks it any more.
snow::actor janitor(snow::context& self) {
  while (!course::of_run().done) co_await self.sleep_for(1s);
  co_await self.sleep_for(10s);
  if (auto const store = self.whereis("snow.store")) self.exit(store, snow::kill);
}

class leases_driver final : public driver {
 public:
  using driver::driver;
  static constexpr std::uint64_t burst = 20'000;
  using model = registrar;

  snow::task<void> run() override {
    if (keeps_store()) {
      open_store();
      try {
        self_.spawn<janitor>(snow::spawn_options{.name = "janitor"});
      } catch (const snow::error& e) {
        if (e != snow::errc::name_in_use) throw;
      }
    }
    co_await driver::run();
    for (auto const& h : holders_) self_.send<release>(h);
  }

 private:
  bool keeps_store() const { return self_.node().name() == course::of_run().names.front(); }
  void open_store() {
    if (self_.whereis("snow.store")) return;
    try {
      snow::start_store(self_, {.longest = terms.ttl, .first_revision = registrar_.first_revision()});
    } catch (const snow::error& e) {
      if (e != snow::errc::name_in_use) throw;
    }
  }

  snow::task<bool> round_with(std::string name, bool gently) override {
    std::string const store = course::of_run().names.front();
    if (keeps_store()) open_store();
    if (!keeps_store()) name = store;
    auto const peer = co_await connected(name, gently);
    if (!peer) co_return false;
    if (gently) co_return co_await has_name_of_its_own();
    std::uint64_t const many = dice_.between(1, 6);
    for (std::uint64_t i = 0; i < many; ++i) {
      acts();
      snow::duration const rest = dice_.one_in(2) ? snow::duration{} : dice_.between(0ms, 200ms);
      co_await sleep(self_, rest);
    }
    co_return true;
  }

  void acts() {
    switch (dice_.below(8)) {
      case 0:
        if (keeps_store() && dice_.one_in(4)) {
          self_.exit(self_.whereis("snow.store"), snow::kill);
        }
        break;
      case 1:
      case 2:
        if (!holders_.empty()) {
          std::size_t const which = dice_.below(holders_.size());
          if (dice_.one_in(2))
            self_.send<release>(holders_[which]);
          else
            self_.exit(holders_[which], snow::kill);
          holders_.erase(holders_.begin() + static_cast<std::ptrdiff_t>(which));
        }
        break;
      default:
        if (holders_.size() >= 6) holders_.erase(holders_.begin());
        std::string const name = few[dice_.below(few.size())];
        snow::duration const lives = dice_.between(0ms, 20s);
        holders_.push_back(self_.spawn<holder>(name, lives));
        break;
    }
  }

  /// Nobody else wants it, so with patience it can be had, and is found.
  snow::task<bool> has_name_of_its_own() {
    std::string const name = fmt::format("{} {}", self_.node().name(), judge_.number());
    std::string const store = course::of_run().names.front();
    snow::global_names names{self_, std::make_shared<snow::embedded_store>(store), terms};
    bool good = false;
    try {
      auto const mine = co_await names.register_name(name);
      auto const owner = co_await names.whereis(name);
      judge_.expect(!owner.pid || owner.pid == self_.id(), "{} is somebody else's", name);
      judge_.expect(!owner.pid || owner.epoch == mine.epoch(), "{} has another epoch", name);
      mine.release(self_);
      good = owner.pid == self_.id();
    } catch (const snow::error& e) {
      judge_.expect(may_fail(e), "a name of its own failed with {}", e.what());
    }
    co_return good;
  }

  registrar& registrar_ = registrar::of_run();
  std::vector<snow::pid> holders_;
};

const workload_entry entry{"leases", make_fleet<leases_driver>};

}  // namespace sweeping::leasing

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "simulation/workloads/driver.hpp"
#include "snow/cluster.hpp"

// Members of a few groups on each node, who join, leave, and end; the scopes themselves end now and then. Who
// monitors a scope must be able to follow, and when all is mended every node must see the members of all.

namespace sweeping::grouping {

using snow::as_result;

constexpr std::array<const char*, 3> few{"red", "green", "blue"};

/// How often the living members of each incarnation have joined which group.
class ledger {
 public:
  static ledger& of_run() { return *now; }
  ledger() { now = this; }
  ~ledger() { now = nullptr; }
  ledger(const ledger&) = delete;

  void add(const std::string& incarnation, const std::string& group, int joins) {
    counts_[{incarnation, group}] += joins;
  }
  int count(const std::string& incarnation, const std::string& group) const {
    auto const it = counts_.find({incarnation, group});
    return it == counts_.end() ? 0 : it->second;
  }

 private:
  static inline ledger* now = nullptr;
  std::map<std::pair<std::string, std::string>, int> counts_;
};

/// What one member has joined; whatever way it ends, that is over then.
class standing {
 public:
  explicit standing(std::string incarnation) : incarnation_{std::move(incarnation)} {}
  standing(const standing&) = delete;
  ~standing() {
    for (auto const& [group, times] : joins_) ledger_.add(incarnation_, group, -times);
  }
  void joined(const std::string& group) { ++joins_[group], ledger_.add(incarnation_, group, 1); }
  void left(const std::string& group) { --joins_[group], ledger_.add(incarnation_, group, -1); }
  int times(const std::string& group) { return joins_[group]; }

 private:
  ledger& ledger_ = ledger::of_run();
  std::string const incarnation_;
  std::map<std::string, int> joins_;
};

struct changes {
  std::string group;
};
struct note {
  std::uint64_t number = 0;
  std::string group;
};

/// None if the scope has ended meanwhile, since somebody ends it now and then.
snow::task<std::optional<snow::groups>> opened(snow::context& self) {
  try {
    auto here = co_await snow::groups::open(self, "sweep");
    co_return here;
  } catch (const snow::error& e) {
    if (e == snow::errc::shutting_down) throw;
    judge::of_run().expect(may_fail_by_network(e) || e == snow::errc::no_process || e == snow::errc::killed,
                           "opening failed with {}", e.what());
  }
  co_return std::nullopt;
}

/// Is in no group more than twice.
snow::actor member(snow::context& self, std::string incarnation) {
  judge& judge = judge::of_run();
  auto const scope = co_await opened(self);
  if (!scope) co_return;
  auto const& here = *scope;
  self.monitor(here.actor());
  standing mine{std::move(incarnation)};
  std::set<std::string> ever;
  for (bool more = true; more && !course::of_run().done;) {
    std::string group;
    co_await self.receive([&](changes c) { group = c.group; },
                          [&](const note& n) {
                            judge.expect(ever.contains(n.group), "a note to {} came to who never joined it",
                                         n.group);
                          },
                          [&](snow::down) { more = false; }, snow::after(1s, [] {}));
    if (group.empty()) continue;
    int const times = mine.times(group);
    if (times < 2 && !ever.contains(group + " in full")) {
      ever.insert(group);
      if (times == 1) ever.insert(group + " in full");
      auto joining = here.join(group);
      auto const joined = co_await as_result(std::move(joining));
      if (!joined) break;  // nobody knows: it ends
      mine.joined(group);
      auto const local = here.local_members(group);
      bool const is_there = self.whereis("snow.groups.sweep") == here.actor();  // or it was ended meanwhile
      judge.expect(!is_there || std::count(local.begin(), local.end(), self.id()) == times + 1,
                   "the view has not what was joined");
    } else {
      if (times <= 1) ever.erase(group + " in full");
      auto leaving = here.leave(group);
      auto const left = co_await as_result(std::move(leaving));
      if (!left) break;
      judge.expect(*left == (times > 0), "leaving after {} joins gave {}", times, *left);
      if (times > 0) mine.left(group);
    }
  }
}

/// Follows the changes, and holds each against those before it: what was lost or came out of its order would
/// show a member that leaves what it is not in, or is in too often.
snow::actor watches(snow::context& self) {
  judge& judge = judge::of_run();
  auto const here = co_await opened(self);
  if (!here) co_return;
  self.monitor(here->actor());
  auto monitoring = here->monitor();
  auto const before = co_await as_result(std::move(monitoring));
  if (!before) co_return;
  std::map<std::pair<std::string, snow::pid>, int> seen;
  auto const joins = [&](const std::string& group, const snow::pid& p) {
    int const times = ++seen[{group, p}];
    judge.expect(times <= 2, "a member is in {} {} times", group, times);
  };
  for (auto const& [group, members] : *before)
    for (auto const& p : members) joins(group, p);
  for (bool more = true; more && !course::of_run().done;)
    co_await self.receive(
        [&](const snow::group_joined& j) {
          for (auto const& p : j.members) joins(j.group, p);
        },
        [&](const snow::group_left& l) {
          for (auto const& p : l.members) {
            int const times = --seen[{l.group, p}];
            judge.expect(times >= 0, "a member left {} that was not in it", l.group);
          }
        },
        [&](snow::down) { more = false; }, snow::after(1s, [] {}));
}

/// Ends the scope of its node when nobody looks any more, and stays until what it said is told: through
/// narrow windows that takes its time.
snow::actor janitor(snow::context& self) {
  while (!course::of_run().done) co_await self.sleep_for(1s);
  co_await self.sleep_for(2s);
  if (auto const scope = self.whereis("snow.groups.sweep")) self.exit(scope, snow::kill);
  auto const some_waits = [&] {
    auto const info = self.node().info();
    return std::any_of(info.sessions.begin(), info.sessions.end(),
                       [](auto& s) { return s.waiting_bytes != 0 || s.window_used != 0; });
  };
  for (int seconds = 0; some_waits() && seconds < 600; ++seconds) co_await self.sleep_for(1s);
}

class groups_driver final : public driver {
 public:
  using driver::driver;
  static constexpr std::uint64_t burst = 20'000;
  using model = ledger;

  snow::task<void> run() override {
    try {
      self_.spawn<janitor>(snow::spawn_options{.name = "janitor"});
    } catch (const snow::error& e) {
      if (e != snow::errc::name_in_use) throw;
    }
    self_.spawn<watches>();
    co_await driver::run();
  }

 private:
  snow::task<bool> round_with(std::string name, bool gently) override {
    auto const peer = co_await connected(name, gently);
    if (!peer) co_return false;
    auto const here = co_await opened(self_);
    if (!here) co_return false;
    if (gently) co_return co_await sees_all(*here, name);
    std::uint64_t const many = dice_.between(1, 8);
    for (std::uint64_t i = 0; i < many; ++i) {
      acts(*here);
      snow::duration const rest = dice_.one_in(2) ? snow::duration{} : dice_.between(0ms, 20ms);
      co_await sleep(self_, rest);
    }
    co_return true;
  }
  std::string any_group() { return few[dice_.below(few.size())]; }
  void acts(const snow::groups& here) {
    std::string const group = any_group();
    switch (dice_.below(16)) {
      case 0:
        if (dice_.one_in(3)) self_.exit(here.actor(), snow::kill);
        break;
      case 1:
        if (dice_.one_in(3)) self_.spawn<watches>();
        break;
      case 2:
      case 3:
        if (members_.size() < 6) members_.push_back(self_.spawn<member>(incarnation_));
        break;
      case 4:
        if (!members_.empty()) {
          std::size_t const which = dice_.below(members_.size());
          self_.exit(members_[which], snow::kill);
          members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(which));
        }
        break;
      case 5:
        here.publish<note>(group, judge_.number(), group);
        break;
      default:
        if (!members_.empty()) self_.send<changes>(members_[dice_.below(members_.size())], group);
        break;
    }
  }

  snow::task<bool> sees_all(snow::groups here, std::string name) {
    for (int looks = 0; looks < 50; ++looks) {
      if (sees(here, name) && sees(here, self_.node().name())) co_return true;
      co_await sleep(self_, 100ms);
    }
    co_return false;
  }
  /// Whether the view has just those members of that node that it should.
  bool sees(const snow::groups& here, const std::string& name) {
    for (auto const& group : few) {
      int seen = 0;
      for (auto const& p : here.members(group)) seen += name_of(p) == name;
      if (seen != ledger_.count(course::of_run().incarnation_of(name), group)) return false;
    }
    return true;
  }
  static std::string name_of(const snow::pid& p) {
    std::string_view name;
    std::uint64_t creation = 0;
    return snow::environment::current().router->names().spell(p.node, name, creation) ? std::string{name}
                                                                                      : std::string{};
  }

  ledger& ledger_ = ledger::of_run();
  std::string const incarnation_ = course::of_run().incarnation_of(self_.node().name());
  std::vector<snow::pid> members_;
};

const workload_entry entry{"groups", make_fleet<groups_driver>};

}  // namespace sweeping::grouping

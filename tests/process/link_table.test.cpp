#include "snow/process/link_table.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <tuple>

#include "support/catch.hpp"

namespace link_table_test {

namespace {

constexpr snow::pid a{snow::this_node, 1, 1};
constexpr snow::pid b{snow::this_node, 2, 1};

/// Two ends that link and unlink as they like, while what they say crosses: every order of it all.
class every_order {
 public:
  explicit every_order(int most) : most_{most} { go({}); }
  std::size_t quiet() const noexcept { return quiet_; }
  bool linked_once() const noexcept { return linked_; }
  bool unlinked_once() const noexcept { return unlinked_; }

 private:
  enum class says : std::uint8_t { link, unlink, ack };
  struct signal {
    says what;
    std::uint64_t id;
  };
  struct world {
    std::array<snow::link_table, 2> tables;
    std::array<std::deque<signal>, 2> to;  ///< what is on its way to each
    std::array<int, 2> done{};
    std::uint64_t ids = 0;
  };
  static const snow::pid& peer_of(std::size_t who) { return who == 0 ? b : a; }
  static std::string text_of(const world& w) {
    std::string text;
    for (std::size_t i = 0; i < 2; ++i) {
      auto const* const e = w.tables[i].find(peer_of(i));
      text += e ? std::to_string(e->unlinking) : "-";
      for (auto const& s : w.to[i])
        text.append("/").append(std::to_string(static_cast<int>(s.what))).append(std::to_string(s.id));
      text.append("|").append(std::to_string(w.done[i])).append(";");
    }
    return text;
  }

  void go(const world& w) {
    if (!seen_.insert(text_of(w)).second) return;
    if (w.to[0].empty() && w.to[1].empty()) {
      ++quiet_;
      auto const *const x = w.tables[0].find(b), *const y = w.tables[1].find(a);
      REQUIRE((x == nullptr) == (y == nullptr));
      if (x) REQUIRE((x->unlinking == 0 && y->unlinking == 0));
      (x ? linked_ : unlinked_) = true;
    }
    for (std::size_t who = 0; who < 2; ++who) {
      if (!w.to[who].empty()) arrives(w, who);
      if (w.done[who] == most_) continue;
      acts(w, who);
    }
  }
  void arrives(world w, std::size_t who) {
    signal const s = w.to[who].front();
    w.to[who].pop_front();
    auto& t = w.tables[who];
    switch (s.what) {
      case says::link:
        t.on_link(peer_of(who), 0);
        break;
      case says::unlink:
        t.on_unlink(peer_of(who), 0);
        w.to[1 - who].push_back({says::ack, s.id});
        break;
      case says::ack:
        t.on_unlink_ack(peer_of(who), 0, s.id);
        break;
    }
    go(w);
  }
  void acts(world w, std::size_t who) {
    auto& t = w.tables[who];
    ++w.done[who];
    if (t.is_active(peer_of(who))) {
      t.unlink(peer_of(who), ++w.ids);
      w.to[1 - who].push_back({says::unlink, w.ids});
    } else {
      t.link(peer_of(who), 0);
      w.to[1 - who].push_back({says::link, 0});
    }
    go(w);
  }

  int most_;
  std::size_t quiet_ = 0;
  bool linked_ = false, unlinked_ = false;
  std::set<std::string> seen_;
};

}  // namespace

TEST_CASE("links and unlinks that cross in any order leave both ends agreeing", "[S-47]") {
  every_order const all{5};
  CHECK(all.quiet() > 50);
  CHECK(all.linked_once());
  CHECK(all.unlinked_once());
}

TEST_CASE("an exit of a link acts only where the link is active", "[S-27]") {
  using broken = snow::link_table::broken;
  snow::link_table t;
  CHECK(t.on_exit(b, 0) == broken::none);
  t.link(b, 0);
  t.unlink(b, 7);
  CHECK(t.on_exit(b, 0) == broken::inactive);
  CHECK_FALSE(t.on_unlink_ack(b, 0, 7));
  t.link(b, 0);
  CHECK(t.on_exit(b, 0) == broken::active);
  CHECK(t.on_exit(b, 0) == broken::none);
}

TEST_CASE("a link that is made again while its end is not acknowledged is active at once", "[S-47]") {
  snow::link_table t;
  t.link(b, 0);
  t.unlink(b, 7);
  CHECK_FALSE(t.is_active(b));
  CHECK_FALSE(t.on_link(b, 0));  // sent before the UNLINK could be known
  t.link(b, 0);
  CHECK_FALSE(t.on_unlink_ack(b, 0, 7));
  CHECK(t.is_active(b));
  t.unlink(b, 8);
  CHECK_FALSE(t.on_unlink_ack(b, 0, 7));
  CHECK(t.on_unlink_ack(b, 0, 8));
  CHECK(t.size() == 0);
}

TEST_CASE("what comes by another connection means nothing to a link", "[S-4]") {
  using broken = snow::link_table::broken;
  snow::link_table t;
  t.link(b, 2);
  CHECK_FALSE(t.on_link(b, 1));
  CHECK_FALSE(t.on_unlink(b, 1));
  CHECK(t.on_exit(b, 1) == broken::none);
  CHECK(t.is_active(b));
  t.unlink(b, 9);
  CHECK_FALSE(t.on_unlink_ack(b, 1, 9));
  CHECK(t.on_link(b, 3));  // the end of the old one is known by that
  CHECK(t.find(b)->connection == 3);
  CHECK(t.is_active(b));
}

}  // namespace link_table_test

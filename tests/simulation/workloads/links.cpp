#include <stdexcept>

#include "simulation/workloads/links_model.hpp"
#include "snow/node/remote_router.hpp"
#include "snow/process/mail.hpp"

// Actors of several nodes that link to each other, unlink, end, end each other and start linked children,
// held against a model of Erlang's rules.

namespace sweeping::links {

struct member {
  std::uint64_t number = 0;
  snow::pid pid{};
};
struct members {
  std::vector<member> all{};
};
/// The n-th from that one.
struct note {
  std::uint64_t from = 0;
  std::uint64_t n = 0;
};
struct enough {};

snow::actor player(snow::context& self, std::uint64_t number, std::uint64_t seed, std::uint32_t steps,
                   std::uint64_t parent);

/// One that does what it likes for so many steps, and then waits until it is told that it is enough.
class playing {
 public:
  playing(snow::context& self, std::uint64_t number, std::uint64_t seed, std::uint64_t parent)
      : self_{self}, number_{number}, dice_{seed} {
    page().node = self.node().name();
    page().started = true;
    book_.knows(spelled(self.id()), number);
    judge_.once("start", number);
    if (parent != 0) all_.push_back({parent, self.parent()});
    if (dice_.one_in(2)) traps(true);
  }
  /// The runtime knows why, unless it ends by itself.
  ~playing() {
    auto const* const why = snow::detail::ending::with();
    book_.ends(judge_, number_, why ? *why : page().own);
  }
  playing(const playing&) = delete;

  snow::task<void> run(std::uint32_t steps) {
    for (std::uint32_t i = 0; i < steps && !enough_; ++i) {
      snow::duration const pause = dice_.one_in(2) ? snow::duration{} : dice_.between(0ms, 60ms);
      co_await hear(pause);
      if (!all_.empty()) co_await acts();
    }
    if (dice_.one_in(4)) co_await comes_to_an_end();
    // Nobody may know that it is there.
    for (int i = 0; i < 200 && !enough_; ++i) co_await hear(200ms);
    means({snow::errc::normal});
  }

 private:
  book::page& page() { return book_.of(number_); }
  void traps(bool on) {
    self_.trap_exits(on);
    page().traps = on;
  }
  void means(const snow::reason& why) {
    page().means_to = true;
    page().own = why;
  }
  /// Its end of the link to that one; null without an active one.
  static const snow::link_table::end* end_of(const snow::pid& other) {
    auto const* const a = snow::worker::current()->running->attached;
    return a && a->links && a->links->is_active(other) ? a->links->find(other) : nullptr;
  }
  static bool sees(const snow::pid& other) { return end_of(other) != nullptr; }
  /// Whether the connection is there that it hangs on.
  static bool is_carried(const snow::pid& other, const snow::link_table::end& e) {
    auto& router = dynamic_cast<snow::remote_router&>(*snow::environment::current().router);
    return e.connection == 0 || router.routes().find(other.node, e.connection);
  }
  void look() {
    for (auto const& m : all_) {
      auto& mine = book_.between(number_, m.number);
      auto const* const e = end_of(m.pid);
      mine.active = e != nullptr;
      // Its exit lies in the mailbox by then, and is taken in before the next turn.
      if (!e || is_carried(m.pid, *e))
        mine.stray_since = snow::time_point::max();
      else if (mine.stray_since == snow::time_point::max())
        mine.stray_since = self_.now();
      else
        judge_.expect(self_.now() - mine.stray_since < 1s, "{} stays linked by a connection that is gone; {}",
                      number_, book_.text_of(number_, m.number));
    }
  }

  snow::task<void> hear(snow::duration d) {
    for (bool more = true; more;) {
      co_await self_.receive(
          [&](const members& m) {
            for (auto const& one : m.all)
              if (one.number != number_) all_.push_back(one);
          },
          [&](const note& n) {
            auto& seen = book_.between(number_, n.from).notes_seen;
            judge_.expect(n.n > seen, "note {} of {} came to {} after {}", n.n, n.from, number_, seen);
            seen = n.n;
          },
          [&](const snow::exit_signal& e) { came(e); }, [&](enough) { enough_ = true; },
          snow::after(d, [&] { more = false; }));
      look();
    }
  }
  void came(const snow::exit_signal& e) {
    std::uint64_t const other = book_.number_of(spelled(e.pid));
    if (other != 0)  // otherwise it ended before its first instruction
      book_.saw(judge_, number_, other, e.reason);
  }
  /// With the incarnation of its node, as every node knows it.
  static std::string spelled(const snow::pid& p) {
    std::string_view name;
    std::uint64_t creation = 0;
    snow::environment::current().router->names().spell(p.node, name, creation);
    return fmt::format("{} {} {} {}", name, creation, p.slot, p.generation);
  }

  void link(const member& m) {
    book_.links(number_, m.number);
    self_.link(m.pid);
    judge_.expect(sees(m.pid), "{} does not see itself linked to {}", number_, m.number);
  }
  void unlink(const member& m) {
    bool const was_active = sees(m.pid);
    self_.unlink(m.pid);
    book_.unlinks(number_, m.number, was_active);
    judge_.expect(!sees(m.pid), "{} still sees itself linked to {}", number_, m.number);
  }
  snow::task<void> acts() {
    member const m = all_[dice_.below(all_.size())];
    switch (dice_.below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        link(m);
        break;
      case 4:
      case 5:
        unlink(m);
        break;
      case 6:
        for (std::uint64_t i = dice_.between(1, 4); i > 0; --i) unlink(m), link(m);
        if (dice_.one_in(2)) unlink(m);
        break;
      case 7:
      case 8:
        self_.send<note>(m.pid, number_, ++book_.between(number_, m.number).notes_sent);
        break;
      case 9:
        traps(!page().traps);
        break;
      case 10:
        if (dice_.one_in(3)) asks_to_end(m);
        break;
      case 11:
        book_.of(m.number).polite.insert(number_);
        self_.exit(m.pid, snow::errc::normal);
        break;
      case 12:
        if (dice_.one_in(6)) {
          book_.of(m.number).killed = true;
          self_.exit(m.pid, snow::kill);
        }
        break;
      case 13:
        co_await has_a_child();
        break;
    }
    look();
  }
  void asks_to_end(const member& m) {
    auto const text = fmt::format("please {}", judge_.number());
    book_.of(m.number).asked.insert(text);
    self_.exit(m.pid, text);
  }
  snow::task<void> has_a_child() {
    std::uint64_t const number = judge_.number();
    std::uint64_t const seed = dice_.next();
    auto const steps = static_cast<std::uint32_t>(dice_.below(4));
    auto peers = self_.node().peers();
    auto const& names = course::of_run().names;
    std::erase_if(peers, [&](auto const& p) { return std::ranges::find(names, p.name()) == names.end(); });
    book_.links(number_, number);
    if (dice_.one_in(2) || peers.empty()) {
      snow::pid made;
      try {
        made = self_.spawn_link<player>(number, seed, steps, number_);
      } catch (const snow::error& e) {
        judge_.expect(may_fail_by_network(e), "a linked spawn failed with {}", e.what());
        co_return;
      }
      all_.push_back({number, made});
      co_return;
    }
    snow::peer const there = peers[dice_.below(peers.size())];
    snow::duration const limit = dice_.one_in(3) ? dice_.between(0ms, 5ms) : dice_.between(0ms, 5s);
    book_.of(number).given_up.insert(number_);  // until it is known to it
    auto starting = there.spawn_link<player>(number, seed, steps, number_);
    auto const made = co_await ends_within(self_, limit, "spawn_link", std::move(starting));
    if (!made) {
      judge_.expect(may_fail_by_network(made.error()), "a linked spawn failed with {}", made.error().what());
      co_return;
    }
    book_.of(number).given_up.erase(number_);
    all_.push_back({number, *made});
  }
  snow::task<void> comes_to_an_end() {
    auto const text = fmt::format("farewell {}", number_);
    switch (dice_.below(3)) {
      case 0:
        means({snow::errc::exception, text});
        throw std::runtime_error{text};
      case 1:
        means(text);
        traps(false);
        self_.exit(self_.id(), text);
        co_await self_.sleep_for(24h);
        break;
      case 2:
        enough_ = true;
        break;
    }
  }

  snow::context& self_;
  std::uint64_t const number_;
  dice dice_;
  judge& judge_ = judge::of_run();
  book& book_ = book::of_run();
  std::vector<member> all_;
  bool enough_ = false;
};

snow::actor player(snow::context& self, std::uint64_t number, std::uint64_t seed, std::uint32_t steps,
                   std::uint64_t parent) {
  playing p{self, number, seed, parent};
  co_await p.run(steps);
}
SNOW_REGISTER(player);

class links_driver final : public driver {
 public:
  using driver::driver;
  using model = book;
  static constexpr std::uint64_t burst = 20'000;

 private:
  snow::task<bool> round_with(std::string name, bool gently) override {
    auto const peer = co_await connected(name, gently);
    if (!peer) co_return false;
    std::vector<member> all;
    std::map<std::uint64_t, snow::pid> open;  // by monitor
    bool good = true;
    std::uint64_t const many = dice_.between(2, 5);
    for (std::uint64_t i = 0; i < many && good; ++i) {
      std::uint64_t const number = judge_.number(), seed = dice_.next();
      auto const steps = static_cast<std::uint32_t>(dice_.between(1, 30));
      if (dice_.one_in(2)) {
        auto const made = self_.spawn_monitor<player>(number, seed, steps, std::uint64_t{0});
        open.emplace(made.monitor.number, made.pid);
        all.push_back({number, made.pid});
      } else {
        auto starting = peer->spawn_monitor<player>(number, seed, steps, std::uint64_t{0});
        snow::duration const limit = patience(gently, 5s);
        auto const made = co_await ends_within(limit, "spawn_monitor", std::move(starting));
        if (!made) {
          good = failed(made.error(), "spawn");
          break;
        }
        open.emplace(made->monitor.number, made->pid);
        all.push_back({number, made->pid});
      }
    }
    members const m{all};
    for (auto const& one : all) self_.send(one.pid, m);
    bool lost = false;
    auto const hear = [&](snow::duration d) -> snow::task<void> {
      for (bool more = true; more && !open.empty();)
        co_await self_.receive(
            [&](const snow::down& down) {
              judge_.expect(open.erase(down.monitor.number) == 1, "a second down of one monitor");
              lost = lost || down.reason == snow::errc::no_connection;
            },
            snow::after(d, [&] { more = false; }));
    };
    snow::duration const listening = dice_.between(0ms, 2s);
    co_await hear(listening);
    if (gently && good) co_await come_to_agree(all);
    for (auto const& one : all) self_.send<enough>(one.pid);
    co_await hear(1s);
    for (auto const& one : all) {
      book_.of(one.number).killed = true;
      self_.exit(one.pid, snow::kill);
    }
    constexpr int most = 600;
    for (int i = 0; !open.empty() && i < most; ++i) co_await hear(200ms);
    judge_.expect(open.empty(), "{} downs did not come", open.size());
    co_return good && !lost;
  }
  /// All is mended: when nobody does anything any more, both ends of each link see alike (S-47).
  snow::task<void> come_to_agree(std::vector<member> all) {
    constexpr int most = 300;
    auto const disagree = [&]() -> std::string {
      for (auto const& a : all)
        for (auto const& b : all)
          if (a.number != b.number && !book_.agree(a.number, b.number))
            return book_.text_of(a.number, b.number);
      return {};
    };
    for (int i = 0; i < most && !disagree().empty(); ++i) co_await sleep(self_, 100ms);
    judge_.expect(disagree().empty(), "two do not come to agree: {}", disagree());
  }

  book& book_ = book::of_run();
};

const workload_entry entry{"links", make_fleet<links_driver>};

}  // namespace sweeping::links

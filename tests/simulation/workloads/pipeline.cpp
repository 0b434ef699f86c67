#include "simulation/workloads/driver.hpp"

// Items go through stages on several nodes and back, each of which lets a few go ahead until they are
// acknowledged.

namespace sweeping::pipeline {

struct item {
  std::uint64_t pipeline = 0;
  std::uint64_t n = 0;
  std::uint64_t value = 0;
  std::string padding;
};
/// To who sent the n-th item.
struct ack {
  std::uint64_t pipeline = 0;
  std::uint64_t n = 0;
};
/// Who comes before and behind a stage, on which nodes.
struct place {
  using reply_type = bool;  ///< whether it is connected to both
  snow::pid before;
  std::string node_before;
  snow::pid behind;
  std::string node_behind;
  std::uint64_t window = 0;
};

std::uint64_t worked(std::uint64_t value, std::uint64_t stage) {
  return dice{value + stage}.next();
}

class stage_body {
 public:
  stage_body(snow::context& self, std::uint64_t pipeline, std::uint64_t number)
      : self_{self}, pipeline_{pipeline}, number_{number} {}

  snow::task<void> run() {
    self_.monitor(self_.parent());
    while (!over_ && !behind_) co_await takes_its_place();
    while (!over_) {
      if (ahead_ < window_)
        co_await works();
      else
        co_await is_held();
    }
  }

 private:
  snow::task<void> takes_its_place() {
    co_await self_.receive([&](place p) -> snow::task<bool> { return connects(std::move(p)); },
                           [&](const snow::down&) { over_ = true; });
  }
  snow::task<bool> connects(place p) {
    bool const before = co_await reaches(p.node_before);
    bool const behind = co_await reaches(p.node_behind);
    if (!before || !behind) co_return false;
    self_.monitor(p.before);
    self_.monitor(p.behind);
    before_ = p.before;
    behind_ = p.behind;
    window_ = p.window;
    co_return true;
  }
  snow::task<bool> reaches(std::string name) {
    if (name == self_.node().name()) co_return true;
    auto connecting = self_.node().connect(name);
    auto const peer = co_await ends_within(self_, 5s, "connect", std::move(connecting));
    co_return peer.has_value();
  }

  snow::task<void> works() {
    co_await self_.receive(
        [&](item i) {
          judge_.expect(i.pipeline == pipeline_ && i.n == last_ + 1, "item {} came to stage {} after {}", i.n,
                        number_, last_);
          last_ = i.n;
          ++ahead_;
          self_.send<item>(behind_, pipeline_, i.n, worked(i.value, number_), i.padding);
          self_.send<ack>(before_, pipeline_, i.n);
        },
        [&](ack a) { came(a); }, [&](const snow::down&) { over_ = true; });
    // Nobody sends more than may go ahead.
    judge_.expect(self_.info().mail <= 2 * window_ + 3, "{} messages wait before a stage that lets {} ahead",
                  self_.info().mail, window_);
  }
  snow::task<void> is_held() {
    co_await self_.receive([&](ack a) { came(a); }, [&](const snow::down&) { over_ = true; });
  }
  void came(ack a) {
    judge_.expect(a.pipeline == pipeline_ && a.n == acked_ + 1, "ack {} came after {}", a.n, acked_);
    acked_ = a.n;
    --ahead_;
  }

  snow::context& self_;
  judge& judge_ = judge::of_run();
  std::uint64_t const pipeline_;
  std::uint64_t const number_;
  snow::pid before_, behind_;
  std::uint64_t window_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t acked_ = 0;
  std::uint64_t ahead_ = 0;
  bool over_ = false;
};

snow::actor stage(snow::context& self, std::uint64_t pipeline, std::uint64_t number) {
  stage_body body{self, pipeline, number};
  co_await body.run();
}
SNOW_REGISTER(stage);

class pipeline_driver final : public driver {
 public:
  using driver::driver;
  static constexpr std::uint64_t burst = 8 * 11'000;

 private:
  struct one_stage {
    snow::pid pid;
    std::string node;
    bool down = false;
  };

  snow::task<bool> round_with(std::string name, bool gently) override {
    pipeline_ = judge_.number();
    stages_.clear();
    broken_ = false;
    bool good = co_await builds(std::move(name), gently);
    if (good) good = co_await runs(gently);
    for (auto const& s : stages_) self_.exit(s.pid, snow::kill);
    for (bool more = true; more;) {
      more = false;
      for (auto const& s : stages_) more = more || !s.down;
      if (more) co_await hears(1min);
    }
    co_return good;
  }

  snow::task<bool> builds(std::string first, bool gently) {
    auto const& names = course::of_run().names;
    std::uint64_t const many = dice_.between(1, 3);
    for (std::uint64_t i = 0; i < many; ++i) {
      std::string const node = i == 0 ? first : names[dice_.below(names.size())];
      if (node == self_.node().name()) {
        auto const made = self_.spawn_monitor<stage>(pipeline_, i);
        stages_.push_back({made.pid, node});
        continue;
      }
      auto const peer = co_await connected(node, gently);
      if (!peer) co_return false;
      auto starting = peer->spawn_monitor<stage>(pipeline_, i);
      snow::duration const limit = patience(gently, 5s);
      auto const made = co_await ends_within(limit, "spawn", std::move(starting));
      if (!made) co_return failed(made.error(), "spawn");
      stages_.push_back({made->pid, node});
    }
    window_ = dice_.between(1, 8);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      one_stage const me{self_.id(), self_.node().name()};
      const one_stage& before = i == 0 ? me : stages_[i - 1];
      const one_stage& behind = i + 1 == stages_.size() ? me : stages_[i + 1];
      auto asking =
          self_.ask<place>(stages_[i].pid, before.pid, before.node, behind.pid, behind.node, window_);
      auto const placed = co_await ends_within(12s, "ask", std::move(asking));
      if (!placed && (placed.error() == snow::errc::no_process || placed.error() == snow::errc::normal))
        co_return false;  // it lost this one meanwhile
      if (!placed) co_return failed(placed.error(), "ask");
      if (!*placed) co_return false;
    }
    co_return true;
  }

  snow::task<bool> runs(bool gently) {
    items_ = dice_.between(1, gently ? 10 : 40);
    sent_ = acked_ = arrived_ = 0;
    while (arrived_ < items_ && !broken_) {
      while (sent_ < items_ && sent_ - acked_ < window_ && !broken_) {
        std::uint64_t const large = std::min<std::uint64_t>(10'000, course::of_run().at_a_time * 20);
        std::string const padding(dice_.one_in(10) ? dice_.below(large) : dice_.below(50), '.');
        std::uint64_t const n = ++sent_;
        auto sending = self_.send<item>(stages_.front().pid, pipeline_, n, first_value(n), padding);
        if (!dice_.one_in(3)) continue;
        auto const went = co_await sent(self_, std::move(sending));
        if (!went) co_return failed(went.error(), "send");
      }
      co_await hears(1min);
    }
    co_return !broken_;
  }
  std::uint64_t first_value(std::uint64_t n) const { return pipeline_ * 1000 + n; }

  snow::task<void> hears(snow::duration d) {
    co_await self_.receive(
        [&](const item& i) {
          if (!is_last(i)) return;
          self_.send<ack>(stages_.back().pid, pipeline_, i.n);
        },
        [&](ack a) {
          if (a.pipeline != pipeline_) return;
          judge_.expect(a.n == acked_ + 1, "ack {} came after {}", a.n, acked_);
          acked_ = a.n;
        },
        [&](const snow::down& down) {
          for (auto& s : stages_)
            if (s.pid == down.pid) s.down = true;
          broken_ = true;
        },
        snow::after(d, [&] {
          judge_.fail("a pipeline stands still: {} sent, {} acknowledged, {} arrived", sent_, acked_,
                      arrived_);
          for (auto& s : stages_) s.down = true;
          broken_ = true;
        }));
  }
  /// Of this pipeline, and as it must be. A stage that is out of reach may still write, by another
  /// connection.
  bool is_last(const item& i) {
    if (i.pipeline != pipeline_) return false;
    std::uint64_t due = first_value(arrived_ + 1);
    for (std::uint64_t k = 0; k < stages_.size(); ++k) due = worked(due, k);
    if (broken_) return false;
    judge_.expect(i.n == arrived_ + 1 && i.value == due, "item {} came out after {}", i.n, arrived_);
    ++arrived_;
    return true;
  }

  std::uint64_t pipeline_ = 0;
  std::vector<one_stage> stages_;
  std::uint64_t window_ = 0;
  std::uint64_t items_ = 0, sent_ = 0, acked_ = 0, arrived_ = 0;
  bool broken_ = false;
};

const workload_entry entry{"pipeline", make_fleet<pipeline_driver>};

}  // namespace sweeping::pipeline

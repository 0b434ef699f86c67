#include <deque>
#include <map>
#include <optional>
#include <sstream>

#include "simulation/workloads/driver.hpp"

// The job of examples/wordcount in small, over and over: whatever happens to nodes meanwhile, each count is
// exact.

namespace sweeping::word_count {

using counts = std::map<std::string, std::uint64_t>;

struct batch {
  std::uint64_t number = 0;  ///< the judge's
  std::vector<std::string> texts;
};
struct wants_work {
  using reply_type = std::optional<batch>;
};
struct batch_done {
  std::uint64_t number = 0;
  counts words;
};
struct batch_lost {
  batch what;
};

counts count_now(const std::vector<std::string>& texts) {
  counts all;
  for (auto const& text : texts) {
    std::istringstream in{text};
    for (std::string word; in >> word;) ++all[word];
  }
  return all;
}
snow::task<counts> count_texts(snow::context& self, std::vector<std::string> texts) {
  auto const work = [&texts] { return count_now(texts); };
  co_return co_await self.blocking(work);
}
SNOW_REGISTER(count_texts);

/// Has batch after batch counted on that node, as often as it is there.
snow::actor foreman(snow::context& self, snow::pid coordinator, std::string node, bool gently) {
  judge& judge = judge::of_run();
  snow::duration const limit = gently ? 10s : 3s;
  for (;;) {
    auto connecting = self.node().connect(node);
    auto const peer = co_await ends_within(self, limit, "connect", std::move(connecting));
    if (!peer) continue;
    auto asking = self.ask<wants_work>(coordinator);
    auto const work = co_await ends_within(self, 1h, "ask", std::move(asking));
    if (!work || !*work) break;
    batch const& b = **work;
    auto calling = peer->call<count_texts>(b.texts);
    auto const words = co_await ends_within(self, limit, "call", std::move(calling));
    if (words) {
      self.send<batch_done>(coordinator, b.number, *words);
    } else {
      judge.expect(may_fail_by_network(words.error()), "call failed with {}", words.error().what());
      self.send<batch_lost>(coordinator, b);
    }
  }
}

std::string some_text(dice& d) {
  std::string text;
  std::uint64_t const words = d.between(1, 100);
  for (std::uint64_t i = 0; i < words; ++i) text.append("w").append(std::to_string(d.below(50))).append(" ");
  return text;
}

/// One job, which ends when all is counted.
snow::actor coordinator(snow::context& self, std::uint64_t seed, bool gently) {
  judge& judge = judge::of_run();
  dice d{seed};
  std::deque<batch> todo;
  counts due, total;
  std::uint64_t const batches = d.between(1, 20);
  for (std::uint64_t i = 0; i < batches; ++i) {
    batch b{judge.number(), {}};
    std::uint64_t const texts = d.between(1, 3);
    for (std::uint64_t k = 0; k < texts; ++k) b.texts.push_back(some_text(d));
    for (auto const& [word, n] : count_now(b.texts)) due[word] += n;
    todo.push_back(std::move(b));
  }
  std::vector<snow::monitored> foremen;
  for (auto const& node : course::of_run().names)
    if (node != self.node().name()) foremen.push_back(self.spawn_monitor<foreman>(self.id(), node, gently));

  std::deque<snow::reply_to<std::optional<batch>>> waiting;
  for (std::uint64_t done = 0; done < batches;) {
    co_await self.receive(
        [&](wants_work, snow::reply_to<std::optional<batch>> answer) {
          waiting.push_back(std::move(answer));
        },
        [&](batch_done b) {
          judge.once("merged", b.number);
          for (auto const& [word, n] : b.words) total[word] += n;
          ++done;
        },
        [&](batch_lost l) { todo.push_front(std::move(l.what)); });
    for (; !waiting.empty() && !todo.empty(); waiting.pop_front(), todo.pop_front())
      waiting.front()(std::move(todo.front()));
  }
  judge.expect(total == due, "the words were not counted right");
  for (auto const& f : foremen) self.exit(f.pid, snow::kill);
  for (std::size_t i = 0; i < foremen.size(); ++i)
    co_await self.receive([&](const snow::down& down) {
      judge.expect(down.reason == snow::errc::killed || ended_with_node(down.reason, self.node().name()),
                   "a foreman ended with {}", down.reason.to_string());
    });
}

/// Job after job; the last begins when all is mended.
class word_driver {
 public:
  struct model {};
  static constexpr bool refuses = false;
  static constexpr std::uint64_t burst = 10'000;

  word_driver(snow::context& self, std::uint64_t seed) : self_{self}, dice_{seed} {}

  snow::task<void> run() {
    for (bool last = false; !last;) {
      last = course::of_run().over;
      auto working = self_.call<coordinator>(dice_.next(), last);
      auto const done = co_await ends_within(self_, 24h, "a job", std::move(working));
      if (!done)
        judge::of_run().expect(judge::of_run().was_stopped(id_of(self_.node().name())),
                               "a job failed with {}", done.error().what());
      snow::duration const rest = dice_.between(1ms, 1s);
      co_await sleep(self_, rest);
    }
  }

 private:
  snow::context& self_;
  dice dice_;
};

const workload_entry entry{"word_count", make_fleet<word_driver>};

}  // namespace sweeping::word_count

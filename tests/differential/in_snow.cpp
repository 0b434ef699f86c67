#include "differential/in_snow.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "snow/testing.hpp"

namespace differential {

/// To the test, of what was born; and of what a process saw.
struct born {
  std::string name;
  snow::pid pid;
  bool ends_at_once = false;
};
struct saw {
  std::string name;
  snow::pid of;
  std::string what;
};
struct has {
  std::string name;
  std::vector<snow::pid> links;
  std::vector<snow::pid> monitors;
  std::vector<snow::pid> monitored_by;
};

struct order {
  act words;
  snow::pid on;
  std::string node;  // where a newborn is to live; empty: here
};
struct orders {
  std::vector<order> all;
};
struct tell {};
struct ping {
  using reply_type = void;
};
struct note {
  snow::pid from;
  std::string number;
};

std::string text_of(const snow::reason& why) {
  std::string all{to_string(why.code())};
  if (why == snow::errc::exception) all.append(" ").append(why.text());
  return why.code() == snow::errc::user ? std::string{why.text()} : all;
}
/// By hand: `kill` is no reason.
void exits(snow::context& self, const snow::pid& who, const std::string& why) {
  static const std::map<std::string, snow::errc> words{{"normal", snow::errc::normal},
                                                       {"shutdown", snow::errc::shutdown},
                                                       {"killed", snow::errc::killed},
                                                       {"no_process", snow::errc::no_process}};
  if (why == "kill") return self.exit(who, snow::kill);
  auto const word = words.find(why);
  self.exit(who, word != words.end() ? snow::reason{word->second} : snow::reason{why});
}

snow::actor live(snow::context& self, std::string name, snow::pid all, std::string ends);

/// A process of a script.
class life {
 public:
  life(snow::context& self, std::string name, const snow::pid& all) noexcept
      : self_{self}, name_{std::move(name)}, all_{all} {}

  snow::task<void> run() {
    while (!ended_) {
      std::vector<order> todo;
      co_await self_.receive(
          [&](orders o) { todo = std::move(o.all); },
          [&](tell) {
            auto const i = self_.info();
            self_.send<has>(all_, name_, i.links, i.monitors, i.monitored_by);
          },
          [](ping) {}, [&](const note& n) { self_.send<saw>(all_, name_, n.from, ": got " + n.number); },
          [&](const snow::exit_signal& e) {
            self_.send<saw>(all_, name_, e.pid, ": exit " + text_of(e.reason));
          },
          [&](const snow::down& d) {
            std::erase(watches_, d.monitor);
            self_.send<saw>(all_, name_, d.pid, "'s end: down " + text_of(d.reason));
          });
      for (auto const& o : todo) {
        if (o.words[0] == "rest")
          co_await rests(o.on);
        else if (!o.words[0].starts_with("spawn"))
          does(o.words, o.on);
        else if (o.node.empty())
          bears(o.words);
        else
          co_await bears_there(o.words, o.node);
      }
    }
  }

 private:
  static std::string ends_of(const act& a) { return a.size() > 2 ? a[2] : ""; }

  void bears(const act& a) {
    if (a[0] == "spawn") self_.spawn<live>(a[1], all_, ends_of(a));
    if (a[0] == "spawn_link") self_.spawn_link<live>(a[1], all_, ends_of(a));
    if (a[0] == "spawn_monitor")
      watches_.push_back(self_.spawn_monitor<live>(a[1], all_, ends_of(a)).monitor);
  }
  snow::task<void> bears_there(const act& a, const std::string& node) {
    auto const there = co_await self_.node().connect(node);
    if (a[0] == "spawn") co_await there.spawn<live>(a[1], all_, ends_of(a));
    if (a[0] == "spawn_link") co_await there.spawn_link<live>(a[1], all_, ends_of(a));
    if (a[0] == "spawn_monitor") {
      auto const made = co_await there.spawn_monitor<live>(a[1], all_, ends_of(a));
      watches_.push_back(made.monitor);
    }
  }
  snow::task<void> rests(snow::pid on) {
    [[maybe_unused]] auto const pong = co_await snow::as_result(self_.ask<ping>(on));
  }
  void does(const act& a, const snow::pid& on) {
    std::string const& what = a[0];
    if (what == "trap") self_.trap_exits(a[1] == "on");
    if (what == "end" && a[1] == "exception") throw std::runtime_error{"boom"};
    if (what == "end") ended_ = true;
    if (what == "link") self_.link(on);
    if (what == "unlink") self_.unlink(on);
    if (what == "monitor") watches_.push_back(self_.monitor(on));
    if (what == "demonitor") {
      auto const it = std::find_if(watches_.begin(), watches_.end(), [&](auto& m) { return m.pid == on; });
      if (it == watches_.end()) return;
      self_.demonitor(*it);
      watches_.erase(it);
    }
    if (what == "exit") exits(self_, on, a[2]);
    if (what == "send") self_.send<note>(on, self_.id(), a[2]);
  }

  snow::context& self_;
  std::string name_;
  snow::pid all_;
  std::vector<snow::monitor_ref> watches_;
  bool ended_ = false;
};

snow::actor live(snow::context& self, std::string name, snow::pid all, std::string ends) {
  self.send<born>(all, name, self.id(), !ends.empty());
  if (ends == "normal") co_return;
  if (ends == "exception") throw std::runtime_error{"boom"};
  if (!ends.empty()) exits(self, self.id(), ends);
  life mine{self, name, all};
  co_await mine.run();
}
SNOW_REGISTER(live);

snow::actor bears_from_afar(snow::context& self, std::string node, std::string name, snow::pid all) {
  auto const there = co_await self.node().connect(node);
  co_await there.spawn<live>(name, all, "");
}

/// One script, on a node or on two: then every second process lives on the other.
class player {
 public:
  explicit player(bool on_two) : on_two_{on_two} {
    if (on_two_) kit_.remote("nobody", other_);
    all_.on([this](const born& b) {
      names_[b.pid] = b.name;
      pids_[b.name] = b.pid;
      if (b.ends_at_once) return;
      living_.insert(b.name);
      all_.monitor(b.pid);
    });
    all_.on([this](const saw& s) { observe(fmt::format("{} of {}{}", s.name, names_[s.of], s.what)); });
    all_.on([this](const has& h) {
      std::string const all = named(" links", h, h.links) + named(" monitors", h, h.monitors) +
                              named(" monitored by", h, h.monitored_by);
      if (!all.empty()) observe(h.name + " has:" + all);
    });
    all_.on([this](const snow::down& d) {
      observe(fmt::format("{} ends: {}", names_[d.pid], text_of(d.reason)));
      living_.erase(names_[d.pid]);
    });
  }

  std::vector<std::string> play(const script& s) {
    for (auto const& st : s) {
      if (st.who == "*")
        bears(st.acts[0][1]);
      else
        does(st);
      kit_.run();
      for (auto const& name : living_) all_.send<tell>(pids_[name]);
      kit_.run();
      ++at_;
    }
    return observed_;
  }

 private:
  bool is_there(const std::string& name) const { return on_two_ && (name.back() - 'a') % 2 != 0; }
  void bears(const std::string& name) {
    if (pids_.contains(name)) return;
    if (is_there(name))
      kit_.spawn<bears_from_afar>(other_, name, all_.pid());
    else
      kit_.spawn<live>(name, all_.pid(), "");
  }
  void does(const step& st) {
    if (!living_.contains(st.who)) return;
    std::vector<order> all;
    for (auto const& a : st.acts) {
      bool const bears = a[0].starts_with("spawn");
      if (a[0] == "trap" || a[0] == "end")
        all.push_back({a, {}, {}});
      else if (bears && !pids_.contains(a[1]) && is_there(a[1]) != is_there(st.who))
        all.push_back({a, {}, is_there(a[1]) ? other_ : kit_.node().name()});
      else if (bears ? !pids_.contains(a[1]) : pids_.contains(a[1]))
        all.push_back({a, bears ? snow::pid{} : pids_[a[1]], {}});
    }
    orders const o{std::move(all)};
    all_.send<orders>(pids_[st.who], o);
  }
  void observe(const std::string& what) { observed_.push_back(fmt::format("{:02} {}", at_, what)); }
  /// But for the test's, and for what a process has with itself: a monitor, of which snow tells and Erlang
  /// does not.
  std::string named(std::string_view what, const has& h, const std::vector<snow::pid>& pids) {
    std::vector<std::string> all;
    for (auto const& p : pids)
      if (names_.contains(p) && names_[p] != h.name) all.push_back(names_[p]);
    std::sort(all.begin(), all.end());
    std::string text{all.empty() ? "" : what};
    for (auto const& n : all) text.append(" ").append(n);
    return text;
  }

  static inline const std::string other_ = "b@b:1";
  bool const on_two_;
  snow::testing::fixture kit_;
  snow::testing::probe& all_ = kit_.probe("all");
  std::map<snow::pid, std::string> names_;
  std::map<std::string, snow::pid> pids_;
  std::set<std::string> living_;
  std::vector<std::string> observed_;
  std::size_t at_ = 0;
};

std::vector<std::string> play_in_snow(const script& s, bool on_two_nodes) {
  return player{on_two_nodes}.play(s);
}

}  // namespace differential

// A node for tests of many processes, which does what it is told, line by line: `member NAME
// [OPTION=VALUE]...`. It answers each line with one that begins with the same word, and tells what happens to
// it in lines of its own, in the order in which its actor hears of it.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <snow/actor.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using std::chrono::milliseconds;

template <class... T>
void say(fmt::format_string<T...> how, T&&... what) {
  fmt::print(how, std::forward<T>(what)...);
  fmt::print("\n");
  std::fflush(stdout);
}

}  // namespace

struct add {
  using reply_type = std::uint64_t;
  std::uint64_t more = 0;
};
struct note {
  std::string text;
};
/// Goes from one courier to the next; the last one asks the counter, and tells home.
struct parcel {
  std::vector<snow::pid> way;
  snow::pid counter;
  snow::pid home;
};
struct receipt {
  snow::pid counter;
  std::uint64_t value = 0;
};
/// A question that is handed from one courier to the next; the last one answers with its node's name.
struct riddle {
  using reply_type = std::string;
  std::vector<snow::pid> way;
};
struct duty {
  std::vector<snow::pid> way;
  snow::reply_to<std::string> answer;
};
struct order {
  std::string line;
};
/// The next word of a talker, whose number is its own.
struct tick {
  std::uint64_t talker = 0;
  std::uint64_t number = 0;
};

snow::actor counter(snow::context& self, std::uint64_t start) {
  for (;;) co_await self.receive([&](add q) { return start += q.more; });
}
SNOW_REGISTER(counter);

snow::actor courier(snow::context& self) {
  auto const next = [](std::vector<snow::pid>& way) {
    auto const first = way.front();
    way.erase(way.begin());
    return first;
  };
  auto const deliver = [&](parcel p) -> snow::task<void> {
    if (!p.way.empty()) {
      auto const to = next(p.way);
      self.send(to, p);
      co_return;
    }
    auto const value = co_await self.ask<add>(p.counter, 1);
    self.send<receipt>(p.home, p.counter, value);
  };
  auto const hand_on = [&](std::vector<snow::pid> way, snow::reply_to<std::string> answer) {
    if (way.empty()) return answer(self.node().name());
    auto const to = next(way);
    self.send<duty>(to, way, std::move(answer));
  };
  auto const on_riddle = [&](riddle q, snow::reply_to<std::string> r) {
    hand_on(std::move(q.way), std::move(r));
  };
  auto const on_duty = [&](duty d) { hand_on(std::move(d.way), std::move(d.answer)); };
  for (;;) co_await self.receive(deliver, on_riddle, on_duty);
}
SNOW_REGISTER(courier);

/// Takes nothing of what it is sent.
snow::actor deaf(snow::context& self) {
  for (;;) co_await self.sleep_for(std::chrono::hours{1});
}
SNOW_REGISTER(deaf);

/// Says the next number again and again, whoever hears it.
snow::actor talker(snow::context& self, snow::pid to, std::uint64_t own_number) {
  for (std::uint64_t n = 1;; ++n) {
    self.send<tick>(to, own_number, n);
    co_await self.sleep_for(milliseconds{2});
  }
}
SNOW_REGISTER(talker);

snow::task<std::uint32_t> nap(snow::context& self, std::uint32_t ms) {
  co_await self.sleep_for(milliseconds{ms});
  co_return ms;
}
SNOW_REGISTER(nap);

/// The lines of the standard input, as messages; an empty one at its end.
snow::actor reads(snow::context& self, snow::pid to) {
  std::string line;
  auto const next = [&] { return static_cast<bool>(std::getline(std::cin, line)); };
  while (co_await self.blocking(next)) self.send<order>(to, line);
  line.clear();
  self.send<order>(to, line);
}

/// What the node's own actor knows, and what it does when it is told to.
class member {
 public:
  explicit member(snow::context& self) : self_{self} {}

  snow::task<void> obey(std::string line) {
    std::istringstream words{line};
    std::string verb, failure;
    words >> verb;
    try {
      co_await do_it(verb, words);
    } catch (const snow::error& e) {
      failure = snow::to_string(e.which());
      std::fputs((std::string{e.what()} + "\n").c_str(), stderr);
    }
    if (!failure.empty()) say("{}: {}", verb, failure);
  }
  void tell(const snow::down& d) { say("end {} {}", watched_[d.monitor.number], d.reason.code()); }
  void tell(const snow::exit_signal& e) { say("exit {} {}", name_of(e.pid), e.reason.code()); }
  void tell(const snow::node_up& u) {
    say("up {}", u.name);
    connected_ = true;
    last_tick_ = 0;
  }
  void tell(const snow::node_down& d) {
    say("down {} {}", d.name, d.reason.code());
    connected_ = false;
  }
  void tell(const receipt& r) { say("receipt: {} {}", name_of(r.counter), r.value); }
  /// What comes of the connection before, of an earlier talker or with a gap, is told.
  void tell(const tick& t) {
    bool const follows = last_tick_ == 0 || t.number == last_tick_ + 1;
    if (!connected_ || t.talker != talkers_ || !follows)
      say("stray {} {} after {} {}", t.talker, t.number, talkers_, last_tick_);
    last_tick_ = t.number;
    ++ticks_;
  }

 private:
  snow::task<void> do_it(const std::string& verb, std::istringstream& words) {
    snow::node& node = self_.node();
    if (verb == "patience") {  // patience MS: of what comes
      patience_ = milliseconds{std::stoul(next(words))};
      say("patience: ok");
    } else if (verb == "connect") {
      auto const name = next(words);
      co_await node.connect(name).within(patience_);
      say("connect: ok");
    } else if (verb == "disconnect") {
      node.disconnect(next(words));
      say("disconnect: ok");
    } else if (verb == "watch") {
      self_.monitor_node(next(words));
      say("watch: ok");
    } else if (verb == "peers") {
      std::vector<std::string> names;
      for (auto const& p : node.peers()) names.push_back(p.name());
      std::sort(names.begin(), names.end());
      std::string all;
      for (auto const& n : names) all.append(" ").append(n);
      say("peers:{}", all);
    } else if (verb == "new") {  // new NAME: a counter of this node, known by that name
      auto const name = next(words);
      auto const made = self_.spawn<counter>(snow::spawn_options{.name = name}, 100);
      known_[name] = made;
      say("new: {} {}", made.slot, made.generation);
    } else if (verb == "spawn") {  // spawn NAME FUNCTION NODE: the same on another node
      auto const name = next(words), function = next(words);
      auto const there = co_await node.connect(next(words)).within(patience_);
      snow::monitored made;
      if (function == "counter") made = co_await there.spawn_monitor<counter>(100).within(patience_);
      if (function == "courier") made = co_await there.spawn_monitor<courier>().within(patience_);
      if (function == "deaf") made = co_await there.spawn_monitor<deaf>().within(patience_);
      known_[name] = made.pid;
      watched_[made.monitor.number] = name;
      say("spawn: ok");
    } else if (verb == "call") {  // call MS NODE, whether or not it is connected
      auto const ms = static_cast<std::uint32_t>(std::stoul(next(words)));
      auto const name = next(words);
      snow::peer const* there = nullptr;
      auto const peers = node.peers();
      for (auto const& p : peers)
        if (p.name() == name) there = &p;
      if (!there) throw snow::error{snow::errc::no_connection, name};
      co_await there->call<nap>(ms).within(patience_);
      say("call: ok");
    } else if (verb == "ask") {
      auto const to = known_.at(next(words));
      say("ask: {}", co_await self_.ask<add>(to, 1).within(patience_));
    } else if (verb == "monitor") {
      auto const name = next(words);
      watched_[self_.monitor(known_.at(name)).number] = name;
      say("monitor: ok");
    } else if (verb == "link") {
      self_.trap_exits(true);
      self_.link(known_.at(next(words)));
      say("link: ok");
    } else if (verb == "talk") {  // talk NODE: from there, from now on; see `ticks`
      auto const there = co_await node.connect(next(words)).within(patience_);
      last_tick_ = 0;
      ++talkers_;
      co_await there.spawn<talker>(self_.id(), talkers_).within(patience_);
      say("talk: ok");
    } else if (verb == "ticks") {
      say("ticks: {}", ticks_);
    } else if (verb == "held") {
      auto const info = node.info();
      std::string all;
      for (auto const& a : info.actors) all.append(a.function).append(", ");
      for (auto const& s : info.sessions)
        all += fmt::format("{} links, {} monitors, {} requests, ", s.links, s.monitors, s.pending_requests);
      say("held: {}{} sessions", all, info.sessions.size());
    } else if (verb == "send") {  // send NAME COUNT SIZE: awaits each
      auto const to = known_.at(next(words));
      auto const count = std::stoul(next(words));
      std::string const text(std::stoul(next(words)), '.');
      for (std::size_t i = 0; i < count; ++i) co_await self_.send<note>(to, text);
      say("send: ok");
    } else if (verb == "parcel") {  // parcel COUNTER COURIER...
      auto const what = known_.at(next(words));
      auto way = pids(words);
      auto const first = way.front();
      way.erase(way.begin());
      self_.send<parcel>(first, way, what, self_.id());
    } else if (verb == "riddle") {  // riddle COURIER...
      auto way = pids(words);
      auto const first = way.front();
      way.erase(way.begin());
      say("riddle: {}", co_await self_.ask<riddle>(first, way).within(patience_));
    } else {
      say("what? {}", verb);
    }
  }
  std::string name_of(const snow::pid& p) const {
    auto const it = std::find_if(known_.begin(), known_.end(), [&](auto const& k) { return k.second == p; });
    return it == known_.end() ? "a stranger" : it->first;
  }
  static std::string next(std::istringstream& words) {
    std::string w;
    words >> w;
    return w;
  }
  std::vector<snow::pid> pids(std::istringstream& words) const {
    std::vector<snow::pid> all;
    for (std::string w; words >> w;) all.push_back(known_.at(w));
    return all;
  }

  snow::context& self_;
  snow::duration patience_ = std::chrono::seconds{20};
  std::map<std::string, snow::pid> known_;
  std::map<std::uint64_t, std::string> watched_;
  bool connected_ = false;  // to the one node that is watched
  std::uint64_t talkers_ = 0, last_tick_ = 0, ticks_ = 0;
};

snow::actor obeys(snow::context& self) {
  member m{self};
  self.spawn<reads>(self.id());
  for (;;) {
    bool told = false;
    std::string line;
    co_await self.receive(
        [&](order o) {
          told = true;
          line = std::move(o.line);
        },
        [&](snow::down d) { m.tell(d); }, [&](snow::node_up u) { m.tell(u); },
        [&](snow::node_down d) { m.tell(d); }, [&](receipt r) { m.tell(r); }, [&](tick t) { m.tell(t); },
        [&](const snow::exit_signal& e) { m.tell(e); });
    if (!told) continue;
    if (line.empty()) co_return;
    co_await m.obey(line);
  }
}

bool set(snow::node_options& o, std::string_view name, const std::string& value) {
  auto const ms = [&] { return milliseconds{std::stoul(value)}; };
  if (name == "cookie") return o.cookie = value, true;
  if (name == "listen") return o.listen = value, true;
  if (name == "workers") return o.workers = std::stoul(value), true;
  if (name == "mesh") return o.mesh = true;
  if (name == "plaintext") return o.plaintext = true;
  if (name == "deadline") return o.deadline = ms(), true;
  if (name == "handshake") return o.limits.handshake = ms(), true;
  if (name == "heartbeat") return o.limits.heartbeat = ms(), true;
  if (name == "stall") return o.limits.stall = ms(), true;
  if (name == "mailbox_window") return o.limits.mailbox_window = std::stoul(value), true;
  return false;
}

int main(int argc, char** argv) {
  snow::node_options o{.name = argv[1], .cookie = "a cookie of the tests", .workers = 2};
  for (int i = 2; i < argc; ++i) {
    std::string const option = argv[i];
    auto const equals = option.find('=');
    if (!set(o, option.substr(0, equals), option.substr(equals + 1))) return 2;
  }
  try {
    snow::node node{o};
    say("ready");
    return node.run<obeys>();
  } catch (const snow::error& e) {
    say("{}", e.which());
    return 3;
  }
}

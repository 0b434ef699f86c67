#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "snow/testing/dice.hpp"

/// What the processes of a run do, one step after another:
///
///     *: spawn a; a: trap on; a: spawn_link b; b: exit a x, send a 3; b: end exception
///
/// `*` is the test. In a step one process does a few things in a row; the next step comes when all that
/// follows from it has come to rest. What a process does that has ended, or to one that was not born, is left
/// out. A name is born once.
namespace differential {

inline std::vector<std::string> split(std::string_view text, std::string_view by) {
  std::vector<std::string> all;
  for (std::size_t at; (at = text.find(by)) != std::string_view::npos; text.remove_prefix(at + by.size()))
    all.emplace_back(text.substr(0, at));
  all.emplace_back(text);
  return all;
}

/// `spawn NAME [ENDS]`, `spawn_link`, `spawn_monitor`: with a third word the new one ends at once, for that
/// reason. `link NAME`, `unlink`, `monitor`, `demonitor` (the first that it made of that one), `exit NAME
/// REASON`, `send NAME NUMBER`, `trap on|off`, `end normal|exception`, and `rest NAME`: asks that one and
/// leaves its other mail where it is meanwhile.
using act = std::vector<std::string>;

struct step {
  std::string who;
  std::vector<act> acts;
};

using script = std::vector<step>;

inline std::string text_of(const script& s) {
  std::string text;
  for (auto const& st : s) {
    text.append(text.empty() ? "" : "; ").append(st.who);
    for (std::size_t i = 0; i < st.acts.size(); ++i) {
      text.append(i == 0 ? ":" : ",");
      for (auto const& word : st.acts[i]) text.append(" ").append(word);
    }
  }
  return text;
}

inline script script_of(std::string_view text) {
  script s;
  for (auto const& part : split(text, "; ")) {
    std::size_t const colon = part.find(": ");
    step st{part.substr(0, colon), {}};
    for (auto const& a : split(std::string_view{part}.substr(colon + 2), ", "))
      st.acts.push_back(split(a, " "));
    s.push_back(std::move(st));
  }
  return s;
}

/// Whether what its processes observe does not hang on the order of what the rules leave open: what comes
/// back to a process while it is in the middle of a step must not matter to the rest of that step.
inline bool is_determined(const script& s) {
  std::map<std::string, bool> traps;  // of those that were born
  for (auto const& st : s) {
    bool may_end = false;                 // the one who acts
    bool exited = false, linked = false;  // the other
    for (auto const& a : st.acts) {
      bool const own = a.size() > 1 && a[1] == st.who;
      bool const last = &a == &st.acts.back();
      if (a[0].starts_with("spawn")) {
        if (st.acts.size() > 1 || !traps.emplace(a[1], false).second) return false;
        continue;
      }
      auto const trapping = traps.find(st.who);
      if (trapping == traps.end()) return false;
      if (may_end && (!trapping->second || a[0] == "trap" || a[0] == "end")) return false;
      // The exit of the other has come, which makes it another link, or not. (Of one that is gone, Erlang
      // tells at once where both are on one node; else later, as snow does.)
      if ((exited || linked) && a[0] == "link") return false;
      if (own && a[0] == "rest") return false;
      if (!last && (a[0] == "end" || (own && a[0] == "exit" && a[2] == "kill"))) return false;
      if (a[0] == "trap") trapping->second = a[1] == "on";
      if (a[0] == "exit") may_end = exited = true;
      if (a[0] == "link" && !own) may_end = linked = true;
      if (a[0] == "unlink") linked = false;
    }
  }
  return true;
}

/// The script of that seed.
inline script draw(std::uint64_t seed) {
  static const std::vector<std::string> reasons{"normal",     "shutdown", "kill", "killed",
                                                "no_process", "x",        "y"};
  static const std::vector<std::string> at_once{"normal", "exception", "shutdown", "kill", "x"};
  static const std::vector<std::string> births{"spawn", "spawn_link", "spawn_link", "spawn_monitor"};
  snow::testing::dice d{seed};
  auto const any = [&](auto const& of) -> const std::string& { return of[d.below(of.size())]; };
  std::size_t const first = d.between(2, 4);
  std::size_t const steps = d.between(6, 30);
  script s;
  std::vector<std::string> names;
  std::uint64_t children = 0;
  auto const new_name = [&] { return names.emplace_back(1, static_cast<char>('a' + names.size())); };
  while (names.size() < first) s.push_back({"*", {{"spawn", new_name()}}});
  while (s.size() < first + steps) {
    std::string const who = any(names);
    std::string const other = any(names);
    step st{who, {}};
    switch (d.below(10)) {
      case 0:
        st.acts = {{any(births), new_name()}};
        break;
      case 1:
        st.acts = {{any(births), "child" + std::to_string(++children), any(at_once)}};
        break;
      case 2:
        st.acts = {{"end", d.one_in(2) ? "normal" : "exception"}};
        if (d.one_in(2)) st.acts = {{"trap", d.one_in(4) ? "off" : "on"}};
        break;
      default:
        for (std::uint64_t n = d.between(1, 4); n > 0; --n) switch (d.below(10)) {
            case 0:
            case 1:
              st.acts.push_back({"link", other});
              break;
            case 2:
              st.acts.push_back({"unlink", other});
              break;
            case 3:
            case 4:
              st.acts.push_back({"monitor", other});
              break;
            case 5:
              st.acts.push_back({"demonitor", other});
              break;
            case 6:
              st.acts.push_back({"exit", other, any(reasons)});
              break;
            case 7:
              st.acts.push_back({"send", other, std::to_string(s.size())});
              break;
            case 8:
              st.acts.push_back({"rest", other});
              break;
            case 9:
              st.acts.push_back({"trap", d.one_in(3) ? "off" : "on"});
              break;
          }
    }
    s.push_back(st);
    while (!is_determined(s)) s.back().acts.pop_back();
    if (s.back().acts.empty()) s.pop_back();
  }
  return s;
}

}  // namespace differential

// Plays the same scripts of links, monitors and exits in Erlang and in snow, where they run on one node and
// on two, and compares what each process observed:
//
//   differential --seeds 1..2000          ends with 1 at the first that differs, which it makes shorter
//   differential --seeds 77 --shows       that one, and what was observed
//   differential --script '*: spawn a; a: end normal'
//
// Where there is no Erlang it ends with 77.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "differential/in_snow.hpp"
#include "differential/script.hpp"
#include "support/process.hpp"

namespace differential {

// ---- in Erlang

class in_erlang {
 public:
  explicit in_erlang(const std::string& escript, const std::string& file) : runs_{escript, {file}} {}

  std::vector<std::string> play(const script& s) {
    runs_.write(text_of(s) + "\n");
    std::vector<std::string> observed;
    for (;;) {
      auto line = runs_.line();
      if (!line) throw std::runtime_error{"Erlang has ended: " + runs_.error_line().value_or("")};
      if (*line == "end") return observed;
      observed.push_back(std::move(*line));
    }
  }

 private:
  support::process runs_;
};

// ---- compared

/// What the rules leave open is put in order: a process sees what several others sent in any order, the exit
/// of a link and the `down` of a monitor likewise; and what it sees of the step in which it ends, it sees or
/// not.
std::vector<std::string> in_order(std::vector<std::string> observed) {
  std::set<std::string> ends;
  for (auto const& line : observed)
    if (auto const at = line.find(" ends: "); at != line.npos) ends.insert(line.substr(0, at) + " of ");
  std::erase_if(observed, [&](auto& line) { return ends.contains(line.substr(0, line.find(" of ") + 4)); });
  // "03 a of b's end: down x": in the order of their reasons.
  auto const key = [](std::string_view line) {
    return line.substr(0, line.find("'s end: ") == line.npos ? line.find(':') : line.npos);
  };
  std::stable_sort(observed.begin(), observed.end(), [&](auto& x, auto& y) { return key(x) < key(y); });
  return observed;
}

struct trial {
  std::vector<std::string> erlang, one, two;
  bool agrees() const { return erlang == one && erlang == two; }
};

trial play(in_erlang& erlang, const script& s) {
  return {in_order(erlang.play(s)), in_order(play_in_snow(s, false)), in_order(play_in_snow(s, true))};
}

/// Without what the difference does not take.
script shrink(in_erlang& erlang, script s) {
  auto const still_differs = [&](const script& less) {
    return is_determined(less) && !play(erlang, less).agrees();
  };
  for (bool shorter = true; shorter;) {
    shorter = false;
    for (std::size_t i = s.size(); i-- > 0;)
      for (std::size_t k = s[i].acts.size(); k-- > 0;) {
        script less = s;
        less[i].acts.erase(less[i].acts.begin() + static_cast<std::ptrdiff_t>(k));
        bool const was_all = less[i].acts.empty();
        if (was_all) less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
        if (!still_differs(less)) continue;
        s = std::move(less);
        shorter = true;
        if (was_all) break;
      }
  }
  return s;
}

std::size_t step_of(const std::string& line) {
  return static_cast<std::size_t>(std::stoul(line));
}
/// The first step in which they differ.
std::size_t where_parted(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  auto const [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  constexpr auto never = std::numeric_limits<std::size_t>::max();
  return std::min(x == a.end() ? never : step_of(*x), y == b.end() ? never : step_of(*y));
}

/// What was observed from that step on.
void show(const script& s, const trial& t, std::size_t from) {
  for (std::size_t i = 0; i < s.size(); ++i) fmt::print("{:02} {}\n", i, text_of(script{s[i]}));
  auto const all = [&](std::string_view who, const std::vector<std::string>& lines) {
    if (&lines != &t.erlang && lines == t.erlang) return fmt::print("-- {}: the same\n", who);
    fmt::print("-- {}:\n", who);
    for (auto const& line : lines)
      if (step_of(line) >= from) fmt::print("{}\n", line);
  };
  all("Erlang", t.erlang);
  all("snow, one node", t.one);
  all("snow, two nodes", t.two);
}

bool check(in_erlang& erlang, const script& s, const std::string& again, bool shows) {
  auto const t = play(erlang, s);
  if (shows) show(s, t, 0);
  if (t.agrees()) return true;
  show(s, t, std::min(where_parted(t.erlang, t.one), where_parted(t.erlang, t.two)));
  fmt::print("differs; again: differential {}\n\nmade shorter:\n", again);
  auto const least = shrink(erlang, s);
  show(least, play(erlang, least), 0);
  fmt::print("again: differential --script '{}'\n", text_of(least));
  return false;
}

int run(int argc, char** argv) {
  CLI::App app{"The same scripts of links, monitors and exits in Erlang and in snow."};
  std::string seeds = "1..2000", one, escript = "/usr/bin/escript", file = SNOW_DIFFERENTIAL_OTP;
  bool shows = false;
  app.add_option("--seeds", seeds, "A..B, or one");
  app.add_option("--script", one, "a script instead");
  app.add_option("--escript", escript, "Erlang's program of that name");
  app.add_flag("--shows", shows, "prints what was observed, also where it is the same");
  CLI11_PARSE(app, argc, argv);
  if (!std::filesystem::exists(escript)) {
    fmt::print("skipped: there is no Erlang ({})\n", escript);
    return 77;
  }
  in_erlang erlang{escript, file};
  if (!one.empty()) return check(erlang, script_of(one), fmt::format("--script '{}'", one), shows) ? 0 : 1;
  auto const bounds = split(seeds, "..");
  std::uint64_t const first = std::stoull(bounds.front()), last = std::stoull(bounds.back());
  for (std::uint64_t seed = first; seed <= last; ++seed)
    if (!check(erlang, draw(seed), fmt::format("--seeds {}", seed), shows)) return 1;
  fmt::print("{} scripts: the same in Erlang and in snow\n", last - first + 1);
  return 0;
}

}  // namespace differential

int main(int argc, char** argv) {
  return differential::run(argc, argv);
}

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "simulation/workloads/driver.hpp"

namespace sweeping::links {

/// What Erlang's documents say of links, held against what actors do and see. Written from the reference
/// manual
/// ("Processes": links, exit signals, termination) and from the distribution protocol's chapter on links; it
/// knows nothing of how snow keeps them. Everyone is known by a number of the judge's; `++clock_` tells what
/// came before what, since all happens in one thread.
class book {
 public:
  static book& of_run() { return *now; }
  book() { now = this; }
  ~book() { now = nullptr; }
  book(const book&) = delete;
  book& operator=(const book&) = delete;

  struct page {
    std::string node{};
    bool started = false;
    std::optional<snow::reason> end{};  ///< how it ended, told by its frame
    bool traps = false;
    bool killed = false;  ///< somebody asked for that
    bool means_to = false;
    snow::reason own{};                  ///< what it then means to end with
    std::set<std::string> asked{};       ///< exits by hand, of these texts, that it has not seen
    std::set<std::uint64_t> polite{};    ///< who has sent it an exit with `normal`
    std::set<std::uint64_t> given_up{};  ///< linked parents who did not wait for it
  };
  /// One's doings with another.
  struct side {
    std::uint64_t linked = 0;    ///< when it last linked, or was about to
    std::uint64_t links = 0;     ///< how often
    std::uint64_t unlinked = 0;  ///< when it last unlinked
    std::uint64_t undone = 0;    ///< when it last unlinked what was active at its end
    std::uint64_t exits = 0;     ///< of the link, that it saw
    std::uint64_t told = 0;      ///< when the last
    bool active = false;         ///< at its end, when it looked last
    snow::time_point stray_since = snow::time_point::max();  ///< linked by a connection that is gone
    std::uint64_t notes_sent = 0;
    std::uint64_t notes_seen = 0;
  };
  page& of(std::uint64_t number) { return pages_[number]; }
  /// Everyone by its pid, as any node may spell it.
  void knows(const std::string& spelled, std::uint64_t number) { numbers_.emplace(spelled, number); }
  std::uint64_t number_of(const std::string& spelled) const {
    auto const it = numbers_.find(spelled);
    return it == numbers_.end() ? 0 : it->second;
  }
  side& between(std::uint64_t me, std::uint64_t other) { return sides_[{me, other}]; }

  void links(std::uint64_t me, std::uint64_t other) {
    side& s = between(me, other);
    s.linked = ++clock_;
    ++s.links;
  }
  void unlinks(std::uint64_t me, std::uint64_t other, bool was_active) {
    side& s = between(me, other);
    s.unlinked = ++clock_;
    if (was_active) s.undone = clock_;
  }

  /// Whether the exit of a link of these two, for that reason, may reach `me` now.
  bool may_break(std::uint64_t me, std::uint64_t other, const snow::reason& why) {
    side const &mine = between(me, other), &its = between(other, me);
    std::uint64_t const made = std::max(mine.linked, its.linked);
    // After `unlink` nothing comes of that link. What was not linked yet, by a LINK on its way, is not undone
    // by it.
    page const &p = of(me), &o = of(other);
    // A LINK of the other may also be on its way by a newer connection than the one that the link hung on.
    bool const crosses = p.node != o.node && its.links != 0;
    if (made == 0 || (mine.undone > made && !crosses)) return false;
    // Ended before its first instruction, so it could not say anything.
    if (!o.started) return true;
    if (why == snow::errc::no_connection) return p.node != o.node || (o.end && o.end == why);
    // Of an end that was undone over there, only the connection may tell.
    if (its.undone > made && !crosses) return false;
    if (why == snow::errc::abandoned) return p.given_up.contains(other) || o.end || o.end == why;
    return o.end && (why == snow::errc::no_process || why == *o.end);
  }

  /// One that traps received that.
  void saw(judge& judge, std::uint64_t me, std::uint64_t other, const snow::reason& why) {
    page& p = of(me);
    if (why == snow::errc::user && p.asked.erase(std::string{why.text()}) == 1) return;
    if (why == snow::errc::normal && p.polite.contains(other)) return;
    side& s = between(me, other);
    judge.expect(may_break(me, other, why), "{} was told that {} ended with {}; {}", me, other,
                 why.to_string(), text_of(me, other));
    ++s.exits;
    s.told = ++clock_;
    judge.expect(s.exits <= s.links + between(other, me).links,
                 "{} was told more often of {} than it was linked", me, other);
    // All that it said came before (S-24).
    if (p.node == of(other).node && of(other).end && why == *of(other).end)
      judge.expect(s.notes_seen == between(other, me).notes_sent, "{} saw {} of {} notes of {}", me,
                   s.notes_seen, between(other, me).notes_sent, other);
  }

  /// It ends with that.
  void ends(judge& judge, std::uint64_t me, const snow::reason& why) {
    page& p = of(me);
    p.end = why;
    // A twin has its node's name.
    bool stopped = false;
    for (auto const* const fault : {"stop", "crash", "power_off", "twin"})
      stopped = stopped || judge.has_befallen(fault, id_of(p.node));
    // Who keeps no rule may link to anybody, and end it.
    bool const harmed = judge.has_befallen("hostile", id_of(p.node));
    bool good = harmed || (p.means_to && why == p.own) ||
                (why == snow::errc::killed && (p.killed || stopped)) ||
                (why == snow::errc::shutdown && stopped);
    if (!good && !p.traps) {
      good = why == snow::errc::user && p.asked.contains(std::string{why.text()});
      for (auto const& [pair, s] : sides_)
        good = good || (pair.first == me && why != snow::errc::normal && may_break(me, pair.second, why)) ||
               (pair.second == me && why != snow::errc::normal && may_break(me, pair.first, why));
    }
    std::string about;
    if (!good)
      for (auto const& [pair, doings] : std::map{sides_})
        if (pair.first == me) about.append("; ").append(text_of(me, pair.second));
    judge.expect(good, "{} ended with {}, which nobody can have made it do; it does {}trap{}", me,
                 why.to_string(), p.traps ? "" : "not ", about);
  }

  /// Whether both see alike whether they are linked, and have heard of the other's end.
  bool agree(std::uint64_t me, std::uint64_t other) {
    page const &p = of(me), &o = of(other);
    side const &mine = between(me, other), &its = between(other, me);
    if (p.end || (o.end && !mine.active && !must_have_heard(me, other))) return true;
    return !o.end && mine.active == its.active;
  }
  std::string text_of(std::uint64_t me, std::uint64_t other) {
    auto const text = [this](std::uint64_t x, std::uint64_t y) {
      side const& s = between(x, y);
      return fmt::format(
          "{} of {}: {}, links {} at {}, unlinked at {}, undone at {}, told {} at {}, sees it {}", x,
          of(x).node, of(x).end ? of(x).end->to_string() : "lives", s.links, s.linked, s.unlinked, s.undone,
          s.exits, s.told, s.active ? "linked" : "not linked");
    };
    return text(me, other) + "; " + text(other, me);
  }

 private:
  /// It linked last, nobody undid that, and the other has ended not normally.
  bool must_have_heard(std::uint64_t me, std::uint64_t other) {
    side const &mine = between(me, other), &its = between(other, me);
    return mine.linked > mine.unlinked && its.unlinked == 0 && its.linked == 0 && mine.told < mine.linked &&
           *of(other).end != snow::errc::normal;
  }

  static inline book* now = nullptr;
  std::uint64_t clock_ = 0;
  std::map<std::string, std::uint64_t> numbers_;
  std::map<std::uint64_t, page> pages_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, side> sides_;
};

}  // namespace sweeping::links

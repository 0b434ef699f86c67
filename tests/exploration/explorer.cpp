#include "exploration/explorer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <utility>

namespace exploration {

namespace {

std::string_view file_of(const place& where) {
  std::string_view const path = where.file_name();
  return path.substr(path.rfind('/') + 1);
}

std::string name_of_thread(unsigned t) {
  return t == 0 ? "-" : std::string(1, static_cast<char>('A' + t - 1));
}

}  // namespace

std::optional<violation> explorer::explore(const scenario& s) {
  path_.clear();
  executions_ = 0;
  do {
    ++executions_;
    if (!execute(s)) return replay(s, choices());
  } while (next_path());
  return std::nullopt;
}

std::optional<violation> explorer::replay(const scenario& s, std::string_view text) {
  path_.clear();
  while (!text.empty()) {
    unsigned taken = 0;
    auto const [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), taken);
    if (wrong != std::errc{}) throw std::invalid_argument("exploration: choices are numbers between dots");
    path_.push_back({taken, 0});
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty()) text.remove_prefix(1);
  }
  tells_ = true;
  history_.clear();
  addresses_.clear();
  bool const holds = execute(s);
  tells_ = false;
  if (holds) return std::nullopt;
  return violation{failure_, choices(), history_};
}

/// To the next path, depth first: false when there is none.
bool explorer::next_path() noexcept {
  while (!path_.empty() && path_.back().taken + 1 == path_.back().of) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().taken;
  return true;
}

std::string explorer::choices() const {
  auto end = path_.begin() + static_cast<std::ptrdiff_t>(depth_);
  while (end != path_.begin() && std::prev(end)->taken == 0) --end;
  std::string text;
  for (auto c = path_.begin(); c != end; ++c) text += (text.empty() ? "" : ".") + std::to_string(c->taken);
  return text;
}

bool explorer::execute(const scenario& s) {
  current_ = this;
  memory_.clear();
  depth_ = 0;
  left_ = bounds_;
  running_ = 0;
  failure_.clear();
  try {
    made_ = s.make();
    run_threads(s);
    if (!failure_.empty())
      return false;  // its threads stand where they stood: nothing of it can be destroyed
    for (unsigned t = 1; t <= s.threads; ++t) memory_.acquire(0, memory_.of(t));
    s.at_end(made_);
    s.destroy(std::exchange(made_, nullptr));
  } catch (const given_up&) {
    return false;
  }
  return true;
}

void explorer::make_fibers(std::size_t n) {
  fibers_.resize(n + 1);
  for (std::size_t i = 1; i <= n; ++i) {
    fiber& f = fibers_[i];
    f.stack.reset(new std::byte[stack_size]);
    ::getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack.get();
    f.context.uc_stack.ss_size = stack_size;
    f.context.uc_link = nullptr;
    ::makecontext(&f.context, &explorer::run_fiber, 0);
  }
}

void explorer::run_threads(const scenario& s) {
  if (s.threads >= view::threads) throw std::length_error("exploration: too many threads in one scenario");
  if (fibers_.size() != s.threads + 1) make_fibers(s.threads);
  scenario_ = &s;
  for (unsigned t = 1; t <= s.threads; ++t) {
    memory_.begin(t);
    fibers_[t].ended = false;
    fibers_[t].waits_for = nullptr;
  }
  fibers_[0].ended = true;
  switch_to_next();
  running_ = 0;
  if (!failure_.empty()) fibers_.clear();
}

/// One execution after the other: a fiber is made once.
void explorer::run_fiber() {
  for (;;) {
    explorer& e = *current_;
    try {
      e.scenario_->run(e.made_, e.running_ - 1);
    } catch (const std::exception& thrown) {
      e.fail(fmt::format("thread {} threw: {}", name_of_thread(e.running_), thrown.what()));
    }
    e.fibers_[e.running_].ended = true;
    e.switch_to_next();
  }
}

void explorer::switch_to_next() {
  fiber& me = fibers_[running_];
  bool const goes_on = me.can_run();
  std::array<unsigned, view::threads> can{};
  unsigned many = 0;
  if (goes_on) can[many++] = running_;
  if (!goes_on || left_.preemptions != 0)
    for (unsigned t = 1; t < fibers_.size(); ++t)
      if (t != running_ && fibers_[t].can_run()) can[many++] = t;
  if (many == 0) {
    std::string waiting;
    for (unsigned t = 1; t < fibers_.size(); ++t)
      if (!fibers_[t].ended) waiting += fmt::format(" {} in {}", name_of_thread(t), fibers_[t].waits_in);
    if (!waiting.empty()) fail("nobody can go on:" + waiting);
    ::swapcontext(&me.context, &main_);
    return;
  }
  unsigned const next = can[choose(many)];
  if (next == running_) return;
  if (goes_on) --left_.preemptions;
  bool const first = running_ == 0;
  running_ = next;
  ::swapcontext(first ? &main_ : &me.context, &fibers_[next].context);
}

void explorer::step() {
  if (running_ == 0) return;
  if (left_.steps-- == 0) fail("it goes on without an end");
  switch_to_next();
}

void explorer::wait_until(const std::function<bool()>& ready, const char* what) {
  if (running_ == 0) fail("the scenario's beginning or end waits");
  fiber& me = fibers_[running_];
  me.waits_for = &ready;
  me.waits_in = what;
  if (!me.can_run()) switch_to_next();
  me.waits_for = nullptr;
}

unsigned explorer::choose(unsigned many) {
  if (many <= 1) return 0;
  if (depth_ == path_.size()) path_.push_back({0, many});
  choice& c = path_[depth_++];
  if (c.of == 0) c.of = many;
  if (c.of != many || c.taken >= many)
    throw std::logic_error("exploration: the scenario is not deterministic");
  return c.taken;
}

void explorer::fail(std::string what) {
  failure_ = std::move(what);
  if (tells_) history_ += fmt::format("{:>2}  {}\n", name_of_thread(running_), failure_);
  if (running_ == 0) throw given_up{};
  ::setcontext(&main_);
  std::terminate();
}

order explorer::effective(const place& where, std::string_view operation, unsigned which, order asked) {
  auto const is_it = [&](const demand& d) {
    return d.which == which && d.operation == operation && d.where.line() == where.line() &&
           d.where.column() == where.column() && std::string_view{d.where.file_name()} == where.file_name();
  };
  if (weakened_) return is_it(weakened_->of) ? weakened_->to : asked;
  if (asked != order::relaxed && std::none_of(demands_.begin(), demands_.end(), is_it))
    demands_.push_back({where, operation, which, asked});
  return asked;
}

std::size_t explorer::choose_store(std::size_t oldest, std::size_t newest) {
  if (running_ == 0 || left_.stale_reads == 0) return newest;
  unsigned const back = choose(static_cast<unsigned>(newest - oldest + 1));
  if (back != 0) --left_.stale_reads;
  return newest - back;
}

bool explorer::choose_spurious_failure() {
  if (running_ == 0 || left_.spurious_failures == 0 || choose(2) == 0) return false;
  --left_.spurious_failures;
  return true;
}

void explorer::tell(const place& where, const std::string& what) {
  history_ += fmt::format("{:>2}  {:<24} {}\n", name_of_thread(running_),
                          fmt::format("{}:{}", file_of(where), where.line()), what);
}

/// Addresses differ from run to run: the first that is shown is @1.
std::string explorer::shown(std::uint64_t value) {
  if (value < 0x10000) return std::to_string(value);
  auto at = std::find(addresses_.begin(), addresses_.end(), value);
  if (at == addresses_.end()) at = addresses_.insert(at, value);
  return fmt::format("@{}", at - addresses_.begin() + 1);
}

void require(bool holds, const char* sentence) {
  if (!holds) explorer::current().fail(std::string{"it does not hold that "} + sentence);
}

}  // namespace exploration

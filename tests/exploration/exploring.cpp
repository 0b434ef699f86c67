#include "exploration/exploring.hpp"

#include <fmt/format.h>

namespace exploration {

namespace {

const char* name(order o) {
  constexpr const char* names[]{"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
  return names[static_cast<std::size_t>(o)];
}

/// Of `void snow::inbox<Node, Atomic>::push(Node&) [with ...]`: push.
std::string_view function_of(const place& where) {
  std::string_view text = where.function_name();
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (depth == 0 && text[i] == '(' && !text.substr(i).starts_with("(anonymous "))
      text = text.substr(0, i);
    else
      depth += (text[i] == '<') - (text[i] == '>');
  }
  return text.substr(text.find_last_of(": ") + 1);
}

}  // namespace

void report(std::string_view what, const bounds& b, std::size_t executions,
            const std::optional<violation>& found) {
  std::string const within =
      b.preemptions == everything.preemptions
          ? "without a bound"
          : fmt::format("up to {} preemptions, {} stale reads", b.preemptions, b.stale_reads);
  fmt::print("{}: {} executions, {}, {} spurious failures: {}\n", what, executions, within,
             b.spurious_failures, found ? "a violation" : "it holds");
  if (found) fmt::print("{}\nchoices: {}\n{}", found->what, found->choices, found->history);
}

std::vector<order> weaker_than(const demand& d) {
  if (d.asked == order::acq_rel) return {order::acquire, order::release};
  if (d.asked != order::seq_cst) return {order::relaxed};
  if (d.operation == "store") return {order::release};
  if (d.operation == "load" || d.which == 1) return {order::acquire};
  return {order::acq_rel};
}

std::string to_string(const weakening& w) {
  return fmt::format("{}: {}{}: {} to {}", function_of(w.of.where), w.of.operation,
                     w.of.which == 1 ? " (failure)" : "", name(w.of.asked), name(w.to));
}

}  // namespace exploration

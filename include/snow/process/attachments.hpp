#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/base/pid.hpp"
#include "snow/base/reason.hpp"
#include "snow/process/deadline.hpp"
#include "snow/process/environment.hpp"
#include "snow/process/link_table.hpp"
#include "snow/runtime/cell.hpp"

namespace snow {

/// A request whose handler is a coroutine that has not ended.
struct handled_request {
  handled_request* outer = nullptr;
  envelope* request = nullptr;
};

/// What a bounded mailbox does with a message too many (`spawn_options`).
enum class on_full : std::uint8_t {
  block,   ///< takes it, and holds its sender at the sender's next await
  reject,  ///< throws it away; an ask or an awaited send fails with `overloaded`
  end,     ///< ends the receiver with `overloaded`
};

/// What only some actors have. Made when first needed.
struct attachments {
  struct key {  // by monitor first: the order of the downs is the order in which the monitors were made
    std::uint64_t monitor;
    pid watcher;
    friend auto operator<=>(const key&, const key&) = default;
  };
  std::set<key> watchers;                 ///< who watches this actor
  std::map<std::uint64_t, pid> watching;  ///< whom it watches, by monitor
  std::unique_ptr<link_table> links;      ///< to whom it is linked
  std::vector<std::string> names;
  bool watches_nodes = false;
  std::map<std::uint64_t, pid> waiting_for_room;  ///< senders held by this mailbox, by their operation
  std::int32_t limit = 0;
  pid pace_to;                          ///< to whom it sent too much
  std::uint64_t pace_number = 0;        ///< of its being held for that; 0: it is not
  detail::deadline_timer patience;      ///< how long it is held at most
  handled_request* handling = nullptr;  ///< the innermost of those that coroutines answer
  std::shared_ptr<const void> code;     ///< keeps the plugin mapped whose function it runs
  reason why;                           ///< it ends
  std::exception_ptr failure;           ///< what a coroutine of it threw that is an `actor`
  std::string_view failed_message;      ///< the type of the last message whose handler threw
  using pids = std::shared_ptr<const std::vector<pid>>;
  pids ancestors;        ///< of one that was spawned with a link: nearest first
  pids of_its_children;  ///< what those have that it spawns with a link
};

namespace detail {
attachments& attach(cell& c);
}

inline attachments& attached(cell& c) {
  return c.attached ? *c.attached : detail::attach(c);
}

}  // namespace snow

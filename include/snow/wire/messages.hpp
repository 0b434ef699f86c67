#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "snow/wire/fields.hpp"

/// What two nodes say to each other once their session is open, as plain structs: `wire::put(out, m)` appends
/// a frame, `wire::get<M>(body)` reads one. Texts and bodies are views; nothing is allocated. In every
/// message `from`, `caller`, `watcher`... are processes of the node that the comment names.

namespace snow::wire {

/// Beside a message whose sender waits for an answer.
struct question {
  std::uint64_t request = 0;
  std::uint64_t token = 0;
  type_key result{};
  friend bool operator==(const question&, const question&) = default;
};

/// As in W3C's traceparent.
struct trace_context {
  std::array<std::byte, 16> trace{};
  std::array<std::byte, 8> span{};
  std::uint8_t flags = 0;
  friend bool operator==(const trace_context&, const trace_context&) = default;
};

namespace detail {

template <tag Tag, class Target>
struct message {
  static constexpr tag is = Tag;
  std::optional<process> from{};  ///< of the sender; always there beside a question: it is answered
  Target to{};                    ///< of the receiver
  std::optional<question> ask{};
  std::optional<trace_context> trace{};
  type_key type{};
  std::span<const std::byte> body{};  ///< of the message: the names it uses, then the value

  static void layout(auto& m, auto& io) {
    io.which(m.from, m.ask, m.trace);
    if (m.from) io.pid(*m.from);
    if constexpr (std::is_same_v<Target, process>) {
      io.pid(m.to);
    } else {
      io.name(m.to);
    }
    if (m.ask) {
      io.number(m.ask->request);
      io.fixed(m.ask->token);
      io.key(m.ask->result);
    }
    if (m.trace) {
      io.raw(m.trace->trace);
      io.raw(m.trace->span);
      io.byte(m.trace->flags);
    }
    io.key(m.type);
    io.rest(m.body);
    if constexpr (requires { io.fail(""); })
      if (m.ask && !m.from) io.fail("a question of nobody");
  }
};

}  // namespace detail

using send = detail::message<tag::send, process>;
using send_to_name = detail::message<tag::send_to_name, std::string_view>;

/// The answer to a question or a call: from any session, as the right to answer travels. The asker's token
/// proves that it was asked.
struct reply {
  static constexpr tag is = tag::reply;
  std::uint64_t request = 0;
  std::uint64_t token = 0;
  process to{};                       ///< of the receiver
  errc status = errc::normal;         ///< `normal`: a value follows
  std::string_view details{};         ///< of a failure
  type_key type{};                    ///< of the value
  std::span<const std::byte> body{};  ///< of the value: as a message's

  static void layout(auto& m, auto& io) {
    io.number(m.request);
    io.fixed(m.token);
    io.pid(m.to);
    io.code(m.status);
    if (m.status == errc::normal) {
      io.key(m.type);
      io.rest(m.body);
    } else {
      io.text(m.details, longest_details);
    }
  }
};

/// Nobody waits for the answer any more. A called or linked child is to end.
struct abandon {
  static constexpr tag is = tag::abandon;
  std::uint64_t request = 0;
  static void layout(auto& m, auto& io) { io.number(m.request); }
};

struct spawn {
  static constexpr tag is = tag::spawn;
  enum flag : std::uint8_t { link = 1, monitor = 2, call = 4 };
  std::uint64_t request = 0;  ///< also the number of the monitor
  std::uint64_t token = 0;    ///< for the REPLY to a call
  process caller{};           ///< of the sender
  std::uint8_t flags = 0;
  std::string_view function{};
  std::uint64_t fingerprint = 0;           ///< of the signature that the caller knows
  std::span<const std::byte> arguments{};  ///< as a message's body

  static void layout(auto& m, auto& io) {
    io.number(m.request);
    io.fixed(m.token);
    io.pid(m.caller);
    io.bits(m.flags, std::uint8_t{link | monitor | call});
    io.name(m.function);
    io.fixed(m.fingerprint);
    io.rest(m.arguments);
  }
};

/// Exactly one for each SPAWN.
struct spawn_reply {
  static constexpr tag is = tag::spawn_reply;
  std::uint64_t request = 0;
  errc status = errc::normal;  ///< `normal`: it runs
  process started{};           ///< of the sender
  std::string_view details{};  ///< of a failure

  static void layout(auto& m, auto& io) {
    io.number(m.request);
    io.code(m.status);
    if (m.status == errc::normal) {
      io.pid(m.started);
    } else {
      io.text(m.details, longest_details);
    }
  }
};

struct exit {
  static constexpr tag is = tag::exit;
  enum class kind : std::uint8_t { link, asked, kill };
  kind how = kind::asked;
  process from{};  ///< of the sender
  process to{};    ///< of the receiver
  cause why{};

  static void layout(auto& m, auto& io) {
    io.choice(m.how, kind::kill);
    io.pid(m.from);
    io.pid(m.to);
    io.code(m.why.code);
    io.text(m.why.text, longest_reason);
  }
};

namespace detail {

template <tag Tag>
struct watching {
  static constexpr tag is = Tag;
  process watcher{};  ///< of the sender
  process target{};   ///< of the receiver
  std::uint64_t number = 0;

  static void layout(auto& m, auto& io) {
    io.pid(m.watcher);
    io.pid(m.target);
    io.number(m.number);
  }
};

template <tag Tag>
struct linking {
  static constexpr tag is = Tag;
  process from{};        ///< of the sender
  process to{};          ///< of the receiver
  std::uint64_t id = 0;  ///< of the unlinking; 0 in a LINK

  static void layout(auto& m, auto& io) {
    io.pid(m.from);
    io.pid(m.to);
    if constexpr (Tag != tag::link) io.number(m.id);
  }
};

}  // namespace detail

using monitor = detail::watching<tag::monitor>;
using demonitor = detail::watching<tag::demonitor>;
using link = detail::linking<tag::link>;
using unlink = detail::linking<tag::unlink>;
using unlink_ack = detail::linking<tag::unlink_ack>;

struct down {
  static constexpr tag is = tag::down;
  process target{};   ///< of the sender
  process watcher{};  ///< of the receiver
  std::uint64_t number = 0;
  cause why{};

  static void layout(auto& m, auto& io) {
    io.pid(m.target);
    io.pid(m.watcher);
    io.number(m.number);
    io.code(m.why.code);
    io.text(m.why.text, longest_reason);
  }
};

/// Bytes that left a mailbox may come again. A window of messages by name is known by `process_of_name`.
struct credit {
  static constexpr tag is = tag::credit;
  struct grant {
    process target;  ///< of the sender
    std::uint64_t bytes = 0;
    friend bool operator==(const grant&, const grant&) = default;
  };
  std::uint64_t session = 0;  ///< bytes, of whatever target
  few<grant, 32> targets{};

  static void layout(auto& m, auto& io) {
    io.number(m.session);
    io.each(m.targets, [&](auto& g) {
      io.pid(g.target);
      io.number(g.bytes);
    });
  }
};

/// The nodes that the sender is connected to, for the `mesh` option.
struct peers {
  static constexpr tag is = tag::peers;
  few<std::string_view, 16> names{};
  static void layout(auto& m, auto& io) {
    io.each(m.names, [&](auto& name) { io.name(name); });
  }
};

/// An orderly leave.
struct goodbye {
  static constexpr tag is = tag::goodbye;
  static void layout(auto&, auto&) {}
};

/// A sign of life is asked for, and given with the same number.
struct ping {
  static constexpr tag is = tag::ping;
  std::uint64_t number = 0;
  static void layout(auto& m, auto& io) { io.number(m.number); }
};
struct pong {
  static constexpr tag is = tag::pong;
  std::uint64_t number = 0;
  static void layout(auto& m, auto& io) { io.number(m.number); }
};

}  // namespace snow::wire

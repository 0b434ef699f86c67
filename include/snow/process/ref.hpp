#pragma once

#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "snow/base/pid.hpp"
#include "snow/codec/reader.hpp"
#include "snow/codec/serializable.hpp"
#include "snow/codec/writer.hpp"
#include "snow/reflect.hpp"

namespace snow {

/// What an actor takes: `using tallies = snow::takes<tally, total>;`, or, for shorter messages of the
/// compiler, `struct tallies : snow::takes<tally, total> {};`.
template <class... M>
struct takes {
  template <class T>
  static constexpr bool has = (std::same_as<T, M> || ...);
  /// Whether who takes `P` takes all of these.
  template <class P>
  static constexpr bool within = (P::template has<M> && ...);
  /// Whether other nodes can know these messages by their names.
  static constexpr bool known_alike() { return (is_known_alike<M> && ...); }
  template <class Out>
  static constexpr void spell(Out& out) {
    bool first = true;
    ((out(first ? "" : ","), first = false, spell_one<M>(out)), ...);
  }

 private:
  template <class T, class Out>
  static constexpr void spell_one(Out& out) {
    if constexpr (detail::is_structural<T>) {
      detail::spell_shape<T>(out);
    } else {
      out(name_of<T>);
    }
  }
};

/// A pid of an actor that takes `P`: `send` and `ask` refuse, at compile time, a message that is not of `P`.
/// It is a pid wherever one is asked for, and a `ref` of fewer messages; travels as a pid, and is of another
/// wire shape than a `ref` that takes messages of other names. As `caf::typed_actor` and Akka's `ActorRef`.
template <class P>
class ref {
 public:
  constexpr ref() noexcept = default;
  template <class Q>
  requires(!std::same_as<P, Q> && P::template within<Q>) constexpr ref(const ref<Q>& other) noexcept
      : pid_{other.pid()} {}
  /// Whoever says so vouches for it: an actor of its own `id()`, or of what `whereis` found.
  static constexpr ref of(const snow::pid& p) noexcept {
    ref r;
    r.pid_ = p;
    return r;
  }

  constexpr const snow::pid& pid() const noexcept { return pid_; }
  constexpr operator const snow::pid&() const noexcept { return pid_; }
  constexpr explicit operator bool() const noexcept { return static_cast<bool>(pid_); }
  friend constexpr auto operator<=>(const ref&, const ref&) noexcept = default;

 private:
  snow::pid pid_;
};

namespace detail {

/// Counts the characters, then keeps them.
struct counting_out {
  std::size_t size = 0;
  constexpr void operator()(std::string_view piece) noexcept { size += piece.size(); }
};
template <std::size_t N>
struct keeping_out {
  std::array<char, N> text{};
  std::size_t size = 0;
  constexpr void operator()(std::string_view piece) noexcept {
    for (char const c : piece) text[size++] = c;
  }
};
template <class P>
struct ref_shape {
  template <class Out>
  static constexpr Out spelled() {
    Out out;
    out("ref<");
    P::spell(out);
    out(">");
    return out;
  }
  static constexpr auto kept = spelled<keeping_out<spelled<counting_out>().size>>();
};

/// A pid as what others know the actor by.
template <class Reference>
Reference known_as(const pid& p) noexcept {
  if constexpr (std::same_as<Reference, pid>) {
    return p;
  } else {
    return Reference::of(p);
  }
}

/// The sentence for a message that a reference is not for; the compiler names `Message` and `Takes` beside
/// it.
template <class Message, class Takes>
struct must_take {
  static_assert(Takes::template has<Message>,
                "snow: the actor behind this snow::ref does not take this message: add it to the "
                "snow::takes<...> that the actor declares, or send it to the actor's pid()");
};

/// Whom a message `M` is for.
template <class M, class To>
constexpr const To& addressed(const To& to) noexcept {
  return to;
}
template <class M, class P>
constexpr const pid& addressed(const ref<P>& to) noexcept {
  static_cast<void>(sizeof(must_take<M, P>));
  return to.pid();
}

}  // namespace detail

template <class P>
requires(P::known_alike()) struct codec<ref<P>> {
  static constexpr std::string_view shape{detail::ref_shape<P>::kept.text.data(),
                                          detail::ref_shape<P>::kept.text.size()};
  static void encode(writer& w, const ref<P>& r) { w.pid(r.pid()); }
  static void decode(reader& r, ref<P>& value) { value = ref<P>::of(r.pid()); }
};

}  // namespace snow

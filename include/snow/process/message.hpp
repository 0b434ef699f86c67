#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "snow/base/bytes.hpp"
#include "snow/codec.hpp"
#include "snow/process/environment.hpp"
#include "snow/process/reply_path.hpp"
#include "snow/reflect.hpp"
#include "snow/runtime/envelope.hpp"

namespace snow {

/// A type whose values can be sent to another node: it has a codec, and a name that all compilers spell
/// alike.
template <class M>
concept portable = serializable<M> && is_known_alike<M>;

/// Whether only an actor's own node tells it so. What comes from another node as such a message is dropped as
/// one of another shape is (S-8): nobody there can make an actor believe that a process or a node is gone.
template <class M>
inline constexpr bool told_by_own_node = false;

struct down;
struct exit_signal;
template <>
inline constexpr bool told_by_own_node<down> = true;
template <>
inline constexpr bool told_by_own_node<exit_signal> = true;

/// What `receive` must know of a message: one static object for each type.
struct message_type : payload_type {
  std::string_view name;
  type_key key;  ///< zero for a type that is local to its node
};

template <class M>
constexpr type_key key_of() noexcept {
  if constexpr (portable<M>) {
    return type_key_of<M>;
  } else {
    return {};
  }
}

template <class M>
inline constexpr message_type message_type_of{payload_type_of<M>, name_of<M>, key_of<M>()};

/// The value and its codec, as the router takes them.
template <class T>
outgoing outgoing_of(const T& value) noexcept {
  if constexpr (portable<T>) {
    return {&value, [](writer& w, const void* v) { encode_body(w, *static_cast<const T*>(v)); },
            type_key_of<T>};
  } else {
    return {&value, nullptr, {}};
  }
}

/// A message somebody waits for an answer to: the way back stands at the end of its block.
template <class M>
struct request_letter : letter<M> {
  alignas(16) reply_path path;  // and so without padding behind it
  template <class... Args>
  explicit request_letter(const reply_path& back, Args&&... args)
      : letter<M>(std::forward<Args>(args)...), path{back} {
    this->asked = true;
  }
};

inline reply_path& path_of(envelope& e) noexcept {
  return *reinterpret_cast<reply_path*>(reinterpret_cast<std::byte*>(&e) + e.block - sizeof(reply_path));
}

/// Whoever keeps the window in which messages came. Lives as long as any of them holds room in it.
class window_keeper {
 public:
  /// Any thread.
  virtual void give_back(const pid& target, std::size_t bytes) noexcept = 0;

 protected:
  ~window_keeper() = default;
};

/// The room that a message takes of a window, until it has left its mailbox.
class window_room {
 public:
  window_room() noexcept = default;
  window_room(window_keeper& of, const pid& target, std::size_t bytes) noexcept
      : keeper_{&of}, target_{target}, bytes_{bytes} {}
  window_room(window_room&& other) noexcept
      : keeper_{std::exchange(other.keeper_, nullptr)}, target_{other.target_}, bytes_{other.bytes_} {}
  window_room& operator=(window_room&&) = delete;
  ~window_room() { give_back(); }

  /// Once; any thread.
  void give_back() noexcept {
    if (auto* const k = std::exchange(keeper_, nullptr)) k->give_back(target_, bytes_);
  }

 private:
  window_keeper* keeper_ = nullptr;
  pid target_;
  std::size_t bytes_ = 0;
};

/// A message from another node: bytes until a handler takes them.
struct raw_message {
  type_key type;
  snow::bytes body;
  window_room room;
  type_key result = {};  ///< of a request: what its asker expects

  raw_message(type_key t, snow::bytes b, window_room r, type_key expected = {}) noexcept
      : type{t}, body{std::move(b)}, room{std::move(r)}, result{expected} {}
  raw_message(raw_message&&) = delete;
};

inline constexpr message_type raw_type{payload_type_of<raw_message>, "a message from another node", {}};

inline bool is_raw(const envelope& e) noexcept {
  return e.type == &raw_type;
}
inline raw_message& raw_of(envelope& e) noexcept {
  return static_cast<letter<raw_message>&>(e).value;
}
inline const message_type& type_of(const envelope& e) noexcept {
  return static_cast<const message_type&>(*e.type);
}

/// How a message stands to a handler of `M`.
enum class fit : std::uint8_t { no, yes, other_shape };

/// O(1). A type has one `message_type` in a program, but another in a plugin: then the keys decide.
template <class M>
fit fits(envelope& e) noexcept {
  if (e.type == &message_type_of<M>) return fit::yes;
  if constexpr (portable<M>) {
    const type_key& key = is_raw(e) ? raw_of(e).type : type_of(e).key;
    if (key.name_hash != type_key_of<M>.name_hash) return fit::no;
    bool const told = !told_by_own_node<M> || !is_raw(e);
    return told && key.fingerprint == type_key_of<M>.fingerprint ? fit::yes : fit::other_shape;
  } else {
    return fit::no;
  }
}

/// Throws away a message that was taken; who still waits for an answer to it is told that none will come.
struct taken_end {
  void operator()(envelope* e) const noexcept;
};
using taken_message = std::unique_ptr<envelope, taken_end>;

/// Any message, for the handler that takes what no other does. Owns it: a request that it takes fails its ask
/// (`abandoned`) when it is destroyed.
class message {
 public:
  explicit message(taken_message e) noexcept : envelope_{std::move(e)} {}

  /// The name of its type; of one from another node, that it is one.
  std::string_view name() const noexcept { return type_of(*envelope_).name; }
  /// Whether it is an `M`, in name and shape. O(1).
  template <class M>
  bool is() const noexcept {
    return fits<M>(*envelope_) == fit::yes;
  }
  /// A copy of it as an `M`; `signature_mismatch` when it is another type, `bad_arguments` when it does not
  /// decode.
  template <class M>
  M get() const {
    if (!is<M>()) throw error{errc::signature_mismatch, std::string{"the message is no "}.append(name_of<M>)};
    if constexpr (portable<M>) {
      if (is_raw(*envelope_)) {
        auto value = M();
        if (std::string why; !environment::current().decode(raw_of(*envelope_).body, value, why))
          throw error{errc::bad_arguments, why};
        return value;
      }
    }
    return static_cast<const letter<M>&>(*envelope_).value;
  }

 private:
  taken_message envelope_;
};

}  // namespace snow

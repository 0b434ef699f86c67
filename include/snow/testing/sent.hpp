#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "snow/process/message.hpp"
#include "snow/testing/show.hpp"

namespace snow::testing {

/// A message that an actor has sent, whatever became of it.
struct sent_message {
  duration at;  ///< since the beginning
  pid from;
  std::string sender;  ///< its name, its function or its pid
  pid to;              ///< null for a name that nobody has, or on another node
  std::string receiver;
  std::string_view type;  ///< its qualified name
  bool asked = false;     ///< and the sender waits for the answer
  const message_type* exact = nullptr;

  template <class M>
  bool is() const noexcept {
    return exact == &message_type_of<M>;
  }
  /// `account sent bank a balance`.
  std::string to_string() const {
    return sender + (asked ? " asked " : " sent ") + receiver + " " + detail::with_article(type);
  }
};

/// The same with its value.
template <class M>
struct recorded {
  pid from;
  pid to;
  M value;
};

namespace detail {

struct recorder {
  virtual ~recorder() = default;
  virtual void see(const sent_message& about, const envelope& m) = 0;
};

template <class M>
struct recorder_of final : recorder {
  static_assert(std::copy_constructible<M>, "snow: what is recorded is copied: the message must be copyable");
  std::vector<recorded<M>> all;
  void see(const sent_message& about, const envelope& m) override {
    if (about.is<M>()) all.push_back({about.from, about.to, static_cast<const letter<M>&>(m).value});
  }
};

}  // namespace detail

}  // namespace snow::testing

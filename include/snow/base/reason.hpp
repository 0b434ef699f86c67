#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "snow/base/errc.hpp"

namespace snow {

/// Why an actor ended: an `errc`, with a text for `exception` (its `what()`) and `user` (the user's own
/// words). Cheap to copy: the text is shared and immutable. Compares with `errc`; two reasons are equal when
/// code and text are.
class reason {
 public:
  reason() noexcept = default;
  reason(errc code) noexcept : code_{code} {}
  reason(errc code, std::string text)
      : code_{code}, text_{text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text))} {}
  /// The user's own words: `exit(pid, "disk full")`.
  reason(std::string text) : reason{errc::user, std::move(text)} {}
  reason(const char* text) : reason{errc::user, text} {}

  errc code() const noexcept { return code_; }
  std::string_view text() const noexcept { return text_ ? std::string_view{*text_} : std::string_view{}; }
  /// `"exception: vector::at"`, `"normal"`.
  std::string to_string() const {
    std::string out{snow::to_string(code_)};
    if (text_) out.append(": ").append(*text_);
    return out;
  }

  friend bool operator==(const reason& a, const reason& b) noexcept {
    return a.code_ == b.code_ && a.text() == b.text();
  }
  friend bool operator==(const reason& a, errc b) noexcept { return a.code_ == b; }

 private:
  errc code_ = errc::normal;
  std::shared_ptr<const std::string> text_;
};

/// `self.exit(pid, snow::kill)`: cannot be trapped; those linked to the actor see `killed`.
struct kill_t {
  explicit kill_t() = default;
};
inline constexpr kill_t kill{};

}  // namespace snow

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "snow/base/bytes.hpp"
#include "snow/codec/reader.hpp"
#include "snow/codec/writer.hpp"
#include "snow/wire/fields.hpp"

/// Signals that are too long for one frame. Their bodies are cut, and the parts of several take turns:
/// ```
///   FRAGMENT   first part:  u8 0x10 | number    u8 tag    varint length of the whole body    bytes
///              others:      u8 number                                                       bytes
/// ```
/// `number`, 0 to 15, is free for another signal once all bytes of the body are there.

namespace snow::wire {

inline constexpr std::uint8_t first_part = 0x10;

/// Cuts. Signals begin in the order in which they were added.
class splitter {
 public:
  /// `window`: beyond so many bytes of begun signals no other begins, so that the peer's memory is bounded.
  splitter(std::uint32_t largest_frame, std::uint64_t window) noexcept
      : frame_{largest_frame}, window_{window} {}

  /// A body that is longer than a frame; not longer than what the peer takes.
  void add(const process& from, tag t, bytes body);
  bool empty() const noexcept { return turns_.empty() && waiting_.empty(); }
  /// Of bodies, that were not written yet.
  std::uint64_t bytes_left() const noexcept { return left_; }

  /// Appends one part, a whole frame, of the signal whose turn it is. Gives the sender back when it was the
  /// last one. Not to be called when `empty`.
  std::optional<process> next(byte_buffer& out);

 private:
  struct job {
    process from;
    wire::tag tag{};
    bytes body;
    std::size_t done = 0;
  };
  void begin_more();

  std::uint32_t const frame_;
  std::uint64_t const window_;
  std::array<std::optional<job>, most_fragmented> slots_;
  std::deque<std::size_t>
      turns_;  // the slots in use; the peer sees signals begin in the order in which they do
  std::deque<job> waiting_;
  std::uint64_t begun_bytes_ = 0;
  std::uint64_t left_ = 0;
};

/// Puts together what a peer's splitter cut.
class assembler {
 public:
  struct whole {
    wire::tag tag{};
    bytes body;
  };

  /// `window`: as the peer's splitter has it. `largest`: of a body.
  assembler(std::uint64_t window, std::uint64_t largest) noexcept : window_{window}, largest_{largest} {}

  /// Takes the body of a FRAGMENT. True: `w` is a signal, to be handled as if it had come in one frame.
  bool take(std::span<const std::byte> part, whole& w);

  bool failed() const noexcept { return why_ != nullptr; }
  /// `protocol_violation`; `overloaded` when this node has no memory.
  error why() const;
  /// Memory that it holds.
  std::uint64_t bytes_held() const noexcept { return held_; }

 private:
  struct job {
    wire::tag tag{};
    std::shared_ptr<std::byte[]> memory;
    std::size_t size = 0;
    std::size_t done = 0;
  };
  bool fail(const char* why, errc code = errc::protocol_violation) noexcept;
  bool begin(job& j, reader& r);

  std::uint64_t const window_;
  std::uint64_t const largest_;
  std::array<job, most_fragmented> slots_;
  std::uint64_t held_ = 0;
  const char* why_ = nullptr;
  errc code_ = errc::protocol_violation;
};

// ---- splitter

inline void splitter::add(const process& from, tag t, bytes body) {
  left_ += body.size();
  waiting_.push_back({from, t, std::move(body), 0});
}

inline void splitter::begin_more() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i]) continue;
    if (waiting_.empty() || (!turns_.empty() && begun_bytes_ >= window_)) return;
    begun_bytes_ += waiting_.front().body.size();
    slots_[i] = std::move(waiting_.front());
    waiting_.pop_front();
    turns_.push_back(i);
  }
}

inline std::optional<process> splitter::next(byte_buffer& out) {
  begin_more();
  std::size_t const number = turns_.front();
  turns_.pop_front();
  job& j = *slots_[number];
  std::size_t const at = begin_frame(out, tag::fragment);
  writer w{out};
  if (j.done == 0) {
    w.number(static_cast<std::uint8_t>(first_part | number));
    w.number(static_cast<std::uint8_t>(j.tag));
    w.varint(j.body.size());
  } else {
    w.number(static_cast<std::uint8_t>(number));
  }
  std::size_t const room = frame_ - (out.size() - at - frame_header);
  std::size_t const n = std::min(room, j.body.size() - j.done);
  w.bytes(j.body.span().subspan(j.done, n));
  end_frame(out, at);
  j.done += n;
  left_ -= n;
  if (j.done != j.body.size()) {
    turns_.push_back(number);
    return {};
  }
  process const from = j.from;
  begun_bytes_ -= j.body.size();
  slots_[number].reset();
  return from;
}

// ---- assembler

inline bool assembler::take(std::span<const std::byte> part, whole& w) {
  if (failed()) return false;
  reader r{part};
  auto const head = r.number<std::uint8_t>();
  if (r.failed() || head >= 2 * first_part) return fail("a part of an unknown form");
  job& j = slots_[head % first_part];
  if ((head & first_part) != 0) {
    if (!begin(j, r)) return false;
  } else if (!j.memory) {
    return fail("a part of a signal that did not begin");
  }
  auto const bytes = r.bytes(r.remaining());
  if (bytes.empty()) return fail("a part with nothing in it");
  if (bytes.size() > j.size - j.done) return fail("more parts than the signal is long");
  std::memcpy(j.memory.get() + j.done, bytes.data(), bytes.size());
  j.done += bytes.size();
  if (j.done != j.size) return false;
  held_ -= j.size;
  w = {j.tag, snow::bytes{j.memory, {j.memory.get(), j.size}}};
  j = {};
  return true;
}

inline bool assembler::begin(job& j, reader& r) {
  if (j.memory) return fail("a signal that begins within another one of its number");
  auto const t = static_cast<tag>(r.number<std::uint8_t>());
  std::uint64_t const size = r.varint();
  if (r.failed()) return fail("a first part that is too short");
  if (!may_be_fragmented(t)) return fail("a signal in parts that must not be");
  if (size > largest_) return fail("a signal that is too long");
  if (held_ != 0 && held_ >= window_) return fail("more signals in parts than the window allows");
  // Memory that nothing was written to yet costs next to nothing, however long the signal claims to be.
  std::unique_ptr<std::byte[]> memory{new (std::nothrow) std::byte[static_cast<std::size_t>(size)]};
  if (!memory) return fail("no memory for a signal in parts", errc::overloaded);
  j = {t, std::move(memory), static_cast<std::size_t>(size), 0};
  held_ += size;
  return true;
}

inline bool assembler::fail(const char* why, errc code) noexcept {
  why_ = why;
  code_ = code;
  return false;
}

inline error assembler::why() const {
  return error{code_, std::string{"FRAGMENT: "}.append(why_ ? why_ : "no error")};
}

}  // namespace snow::wire

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "snow/codec/byte_buffer.hpp"
#include "snow/session/stream.hpp"

namespace snow {

/// The bytes that a session has still to write: whole frames, in pieces that one `writev` takes. Of the
/// session's worker alone.
class outbox {
 public:
  explicit outbox(std::size_t piece = std::size_t{128} << 10) noexcept : piece_{piece} {}

  /// Where the next frames are appended; whole ones, then `appended`.
  byte_buffer& tail() {
    // Not behind what is urgent, in its piece: that would go before what is urgent now.
    if (pieces_.size() <= ahead_ || pieces_.back().size() >= piece_)
      pieces_.push_back(std::exchange(spare_, {}));
    return pieces_.back();
  }
  void appended(std::size_t n) noexcept { size_ += n; }
  /// Frames that go before all whose first byte was not written yet: PING, PONG, CREDIT.
  byte_buffer& urgent() noexcept { return urgent_; }

  std::size_t size() const noexcept { return size_ + urgent_.size(); }
  bool empty() const noexcept { return size() == 0; }
  /// Bytes, since the beginning.
  std::uint64_t written() const noexcept { return all_written_; }

  /// Writes what goes. What is left waits for the stream to be writable.
  void flush(stream& to, std::error_code& ec);

 private:
  void put_urgent();
  void take_off(std::size_t n);

  std::size_t const piece_;
  std::vector<byte_buffer> pieces_;  // seldom many
  std::uint64_t all_written_ = 0;
  std::size_t written_ = 0;  // of the first piece
  std::size_t size_ = 0;     // of what is in pieces and not written
  std::size_t ahead_ = 0;    // pieces before the first that something urgent may overtake
  byte_buffer urgent_;
  byte_buffer spare_;
};

inline void outbox::put_urgent() {
  if (urgent_.empty()) return;
  // A piece that has begun ends in a whole frame; what is urgent goes behind it, and behind what was urgent
  // before.
  if (ahead_ == 0 && written_ != 0) ahead_ = 1;
  size_ += urgent_.size();
  pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(ahead_++), std::exchange(urgent_, {}));
}

inline void outbox::flush(stream& to, std::error_code& ec) {
  put_urgent();
  while (size_ != 0) {
    std::array<std::span<const std::byte>, 16> parts;
    std::size_t n = 0, offered = 0;
    for (auto const& p : pieces_) {
      if (n == parts.size()) break;
      parts[n] = n == 0 ? p.span().subspan(written_) : p.span();
      offered += parts[n++].size();
    }
    std::size_t const taken = to.write({parts.data(), n}, ec);
    take_off(taken);
    if (ec || taken < offered) return;
  }
}

inline void outbox::take_off(std::size_t n) {
  size_ -= n;
  written_ += n;
  all_written_ += n;
  std::size_t done = 0;
  while (done < pieces_.size() && written_ >= pieces_[done].size()) written_ -= pieces_[done++].size();
  if (done == 0) return;
  spare_ = std::move(pieces_[done - 1]);
  spare_.clear();
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(done));
  ahead_ -= std::min(ahead_, done);
}

}  // namespace snow

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/session/prover.hpp"
#include "snow/testing.hpp"

namespace support {

using frame_bytes = std::vector<std::byte>;  // with the header

inline snow::wire::tag tag_of(const frame_bytes& f) {
  return static_cast<snow::wire::tag>(f[4]);
}
inline std::span<std::byte> body_of(frame_bytes& f) {
  return std::span{f}.subspan(snow::wire::frame_header);
}
/// Writes into the header how long it is.
inline void set_length(frame_bytes& f) {
  auto const length = static_cast<std::uint32_t>(f.size() - sizeof(std::uint32_t));
  for (std::size_t i = 0; i < sizeof length; ++i) f[i] = static_cast<std::byte>(length >> (8 * i));
}

/// Each whole frame that one end says goes through `edit`, which is told how many came before it and may make
/// any bytes of it.
inline snow::testing::tampering frame_by_frame(std::function<void(frame_bytes&, std::size_t)> edit) {
  struct state {
    std::function<void(frame_bytes&, std::size_t)> edit;
    frame_bytes unfinished{};
    std::size_t frames = 0;
  };
  return [s = std::make_shared<state>(state{std::move(edit)})](std::vector<std::byte>& said) {
    s->unfinished.insert(s->unfinished.end(), said.begin(), said.end());
    said.clear();
    snow::wire::frame_reader frames{s->unfinished, ~std::uint32_t{}};
    std::size_t begin = 0;
    for (snow::wire::frame f; frames.next(f); begin = frames.consumed()) {
      frame_bytes one(s->unfinished.begin() + static_cast<std::ptrdiff_t>(begin),
                      s->unfinished.begin() + static_cast<std::ptrdiff_t>(frames.consumed()));
      s->edit(one, s->frames++);
      said.insert(said.end(), one.begin(), one.end());
    }
    s->unfinished.erase(s->unfinished.begin(), s->unfinished.begin() + static_cast<std::ptrdiff_t>(begin));
  };
}

/// Makes one node's HELLO another one, as that of a later version would be, and signs it as its node would
/// have: who stands between both and knows the cookie.
class hello_forger {
 public:
  /// `change` gets the body of each HELLO of the one to the other, whoever dials. It outlives their
  /// connections.
  hello_forger(std::string_view cookie, std::function<void(frame_bytes&)> change)
      : prover_{cookie}, change_{std::move(change)} {}

  void stand_between(snow::testing::simulation& sim, const std::string& one, const std::string& other) {
    sim.tamper(one, other, [this] {
      return frame_by_frame([this, h = join()](frame_bytes& f, std::size_t) { on_one(*h, f); });
    });
    sim.tamper(other, one, [this] {
      return frame_by_frame([this, h = join()](frame_bytes& f, std::size_t) { on_other(*h, f); });
    });
  }

 private:
  struct handshake {
    frame_bytes original, forged, other;
    bool other_dials = false;
  };

  /// The two ends of each connection are made one after the other.
  std::shared_ptr<handshake> join() {
    if (half_) return std::exchange(half_, nullptr);
    return half_ = std::make_shared<handshake>();
  }
  void on_one(handshake& h, frame_bytes& f) {
    if (tag_of(f) == snow::wire::tag::hello) {
      h.original = h.forged = frame_bytes(f.begin() + snow::wire::frame_header, f.end());
      change_(h.forged);
      f.resize(snow::wire::frame_header);
      f.insert(f.end(), h.forged.begin(), h.forged.end());
      set_length(f);
    } else if (tag_of(f) == snow::wire::tag::proof) {
      put_proof(f, !h.other_dials, h.other_dials, h.forged, h.other);
    }
  }
  void on_other(handshake& h, frame_bytes& f) {
    if (tag_of(f) == snow::wire::tag::hello) {
      h.other = frame_bytes(f.begin() + snow::wire::frame_header, f.end());
      h.other_dials = h.original.empty();  // who dials is first to speak
    } else if (tag_of(f) == snow::wire::tag::proof) {
      put_proof(f, h.other_dials, h.other_dials, h.original, h.other);
    }
  }
  /// As docs/protocol.md has it.
  void put_proof(frame_bytes& f, bool by_dialler, bool other_dials, const frame_bytes& one,
                 const frame_bytes& other) {
    snow::byte_buffer transcript;
    snow::writer w{transcript};
    w.number(static_cast<std::uint8_t>(by_dialler ? 1 : 2));
    w.number(std::uint8_t{0});
    w.bytes(std::array<std::byte, 32>{});
    for (auto const* h : {other_dials ? &other : &one, other_dials ? &one : &other}) {
      w.number(static_cast<std::uint32_t>(h->size()));
      w.bytes(*h);
    }
    auto const proof = prover_.prove(transcript.span());
    std::copy(proof.begin(), proof.end(), body_of(f).begin());
  }

  snow::cookie_prover prover_;
  std::function<void(frame_bytes&)> const change_;
  std::shared_ptr<handshake> half_;  // of the connection that is being made
};

/// The body of a HELLO with that range of versions.
inline void put_versions(frame_bytes& hello, unsigned first, unsigned last) {
  hello[4] = static_cast<std::byte>(first), hello[5] = static_cast<std::byte>(first >> 8);
  hello[6] = static_cast<std::byte>(last), hello[7] = static_cast<std::byte>(last >> 8);
}
/// That of a node that speaks later versions too, with all that they may add to it.
inline void make_later(frame_bytes& hello) {
  put_versions(hello, 1, 7);
  hello[8] = std::byte{0xFF};                                                                // capabilities
  for (auto const b : {0x99, 0x01, 3, 1, 2, 3}) hello.push_back(static_cast<std::byte>(b));  // a field
}

}  // namespace support

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
/// have: who listens between both and knows the cookie.
class hello_forger {
 public:
  /// `change` gets the body of each HELLO with which `from` dials `to`.
  hello_forger(snow::testing::simulation& sim, const std::string& from, const std::string& to,
               std::string_view cookie, std::function<void(frame_bytes&)> change)
      : prover_{cookie}, change_{std::move(change)} {
    sim.tamper(from, to, [this] {
      auto const now = now_ = std::make_shared<handshake>();
      return frame_by_frame([this, now](frame_bytes& f, std::size_t n) { on_dialler(*now, f, n); });
    });
    sim.tamper(to, from, [this] {
      return frame_by_frame([this, now = now_](frame_bytes& f, std::size_t n) { on_acceptor(*now, f, n); });
    });
  }

 private:
  struct handshake {
    frame_bytes original, forged, acceptor;
  };

  void on_dialler(handshake& h, frame_bytes& f, std::size_t n) {
    if (n == 0) {
      h.original = h.forged = frame_bytes(f.begin() + snow::wire::frame_header, f.end());
      change_(h.forged);
      f.resize(snow::wire::frame_header);
      f.insert(f.end(), h.forged.begin(), h.forged.end());
      set_length(f);
    } else if (tag_of(f) == snow::wire::tag::proof) {
      put_proof(f, 1, h.forged, h.acceptor);
    }
  }
  void on_acceptor(handshake& h, frame_bytes& f, std::size_t) {
    if (tag_of(f) == snow::wire::tag::hello)
      h.acceptor = frame_bytes(f.begin() + snow::wire::frame_header, f.end());
    else if (tag_of(f) == snow::wire::tag::proof)
      put_proof(f, 2, h.original, h.acceptor);
  }
  /// As docs/protocol.md has it.
  void put_proof(frame_bytes& f, std::uint8_t role, const frame_bytes& dialler, const frame_bytes& acceptor) {
    snow::byte_buffer transcript;
    snow::writer w{transcript};
    w.number(role);
    w.number(std::uint8_t{0});
    w.bytes(std::array<std::byte, 32>{});
    for (auto const* h : {&dialler, &acceptor}) {
      w.number(static_cast<std::uint32_t>(h->size()));
      w.bytes(*h);
    }
    auto const proof = prover_.prove(transcript.span());
    std::copy(proof.begin(), proof.end(), body_of(f).begin());
  }

  snow::cookie_prover prover_;
  std::function<void(frame_bytes&)> const change_;
  std::shared_ptr<handshake> now_;  // of the connection that is being made
};

}  // namespace support

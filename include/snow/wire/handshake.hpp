#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "snow/base/error.hpp"
#include "snow/codec/writer.hpp"
#include "snow/wire/hello.hpp"

namespace snow::wire {

using proof = std::array<std::byte, 32>;

/// What knows the cookie. `session/` implements it with OpenSSL.
class prover {
 public:
  virtual ~prover() = default;
  /// HMAC-SHA256(HKDF(cookie, "snow proof 1"), transcript).
  virtual proof prove(std::span<const std::byte> transcript) = 0;
  /// In a time that does not depend on where they differ.
  virtual bool equal(const proof& a, const proof& b) noexcept = 0;
};

/// What the proofs are bound to, so that they cannot be carried to another connection.
struct channel_binding {
  enum class kind : std::uint8_t { none = 0, tls_exporter = 1 };
  kind is = kind::none;
  std::array<std::byte, 32> bytes{};  ///< zero without TLS
};

/// One end of the beginning of a connection, from the first byte to OPEN or REFUSE.
///
/// ```
///   dialler                      acceptor
///   HELLO  ------------------->           magic, versions, names, creation, nonce...
///          <-------------------  HELLO
///   PROOF  ------------------->           that it knows the cookie
///          <-------------------  PROOF
///          <----- OPEN or REFUSE ----->   the smaller name opens; either may refuse
/// ```
/// The acceptor says nothing to whom it does not understand, and proves nothing to who did not. Before both
/// proofs are good nothing is told but a REFUSE of `bad_version`, `bad_cookie` or `bad_name`. Bytes in, bytes
/// out: the deadline, the socket and the decision which connection is opened are others'.
class handshake {
 public:
  enum class state : std::uint8_t {
    expecting_hello,
    expecting_proof,
    proved,  ///< the peer is who it says; `open`, `refuse`, or wait for the peer to do so
    open,    ///< signals may flow
    failed,  ///< `why` says; what is in `out` is to be sent before the connection is closed
  };

  /// A dialler's HELLO is appended to `out` at once. `prover` and `out` must live as long. Throws
  /// `protocol_violation` for a HELLO of its own that no peer would take.
  handshake(const hello& own, bool dialler, const channel_binding& binding, wire::prover& prover,
            byte_buffer& out);
  handshake(const handshake&) = delete;
  handshake& operator=(const handshake&) = delete;

  /// Takes the peer's next frame; answers are appended to `out`. Also in `open`, for the REFUSE that the end
  /// which did not open may still send as its first frame.
  state on_frame(const frame& f);
  /// The peer's bytes make no frame, or it broke off, or took too long.
  state on_failure(const error& e);

  /// In `proved`, where `opens()`.
  void open();
  /// In `proved`, or in `open` where the peer opened: the connection is to be closed.
  void refuse(errc why);

  state now() const noexcept { return state_; }
  bool is_dialler() const noexcept { return dialler_; }
  /// Whether it is this end that opens: its name is the smaller one. From `proved` on.
  bool opens() const noexcept { return own_.name < peer_.name; }
  /// What was agreed. From `proved` on.
  const agreement& agreed() const noexcept { return agreed_; }
  /// In `failed`.
  const error& why() const noexcept { return why_; }

  /// How large the next frame's body may be.
  std::uint32_t largest_frame() const noexcept {
    switch (state_) {
      case state::expecting_hello:
        return longest_handshake;
      case state::expecting_proof:
      case state::failed:
        break;
      case state::proved:
      case state::open:
        return agreed_.frame;
    }
    return sizeof(wire::proof);
  }

 private:
  enum class role : std::uint8_t { dialler = 1, acceptor = 2 };

  state on_hello(std::span<const std::byte> body);
  state on_proof(std::span<const std::byte> body);
  state on_refuse(std::span<const std::byte> body);
  void agree();
  state fail(error e);
  state fail_and_tell(errc code, std::string details);
  wire::proof proof_of(role r) const;
  std::string meaning_of_refusal(errc why) const;
  void tell_refusal(errc why);
  void tell_proof();

  bool const dialler_;
  channel_binding const binding_;
  wire::prover& prover_;
  byte_buffer& out_;
  state state_ = state::expecting_hello;
  byte_buffer own_hello_;  // the bodies, as they go over the wire
  byte_buffer peer_hello_;
  hello own_;  // views into them
  hello peer_;
  agreement agreed_;
  error why_{errc::no_connection};
};

inline handshake::handshake(const hello& own, bool dialler, const channel_binding& binding,
                            wire::prover& prover, byte_buffer& out)
    : dialler_{dialler}, binding_{binding}, prover_{prover}, out_{out}, own_{own} {
  byte_buffer whole;
  own.put(whole);
  own_hello_.append(whole.span().subspan(frame_header));
  own_ = hello::get(own_hello_.span(), own).value();
  if (dialler_) out_.append(whole.span());
}

inline handshake::state handshake::on_frame(const frame& f) {
  if (state_ == state::failed) return state_;
  if (f.tag == tag::refuse) return on_refuse(f.body);
  switch (state_) {
    case state::expecting_hello:
      if (f.tag == tag::hello) return on_hello(f.body);
      break;
    case state::expecting_proof:
      if (f.tag == tag::proof) return on_proof(f.body);
      break;
    case state::proved:
      if (f.tag == tag::open && f.body.empty() && !opens()) return state_ = state::open;
      break;
    case state::open:
    case state::failed:
      break;
  }
  return fail(error{errc::protocol_violation,
                    "a frame of tag " + std::to_string(static_cast<unsigned>(f.tag)) + " out of place"});
}

inline handshake::state handshake::on_hello(std::span<const std::byte> body) {
  peer_hello_.append(body);
  auto read = hello::get(peer_hello_.span(), own_);
  if (!read) {
    if (read.error() == errc::bad_version) tell_refusal(errc::bad_version);
    return fail(std::move(read).error());
  }
  peer_ = *read;
  if (peer_.name == own_.name || peer_.nonce == own_.nonce)
    return fail_and_tell(errc::bad_name, "the other end has this node's own name");
  if (peer_.dialled.empty() == !dialler_)
    return fail(error{errc::protocol_violation, "HELLO: the name dialled is missing, or in the wrong one"});
  if (dialler_) {
    tell_proof();
  } else {
    std::size_t const at = begin_frame(out_, tag::hello);
    out_.append(own_hello_.span());
    end_frame(out_, at);
  }
  return state_ = state::expecting_proof;
}

inline handshake::state handshake::on_proof(std::span<const std::byte> body) {
  wire::proof given{};
  if (body.size() != given.size())
    return fail(error{errc::protocol_violation, "PROOF: " + std::to_string(body.size()) + " bytes"});
  std::copy(body.begin(), body.end(), given.begin());
  if (!prover_.equal(given, proof_of(dialler_ ? role::acceptor : role::dialler)))
    return fail_and_tell(errc::bad_cookie, "the other end does not know this node's cookie");
  if (!dialler_) tell_proof();
  agree();
  std::string_view const meant = dialler_ ? own_.dialled : peer_.dialled;
  std::string_view const met = dialler_ ? peer_.name : own_.name;
  if (meant != met)
    return fail_and_tell(
        errc::bad_name,
        std::string{"the node that answers to "}.append(meant).append(" is named ").append(met));
  return state_ = state::proved;
}

inline handshake::state handshake::on_refuse(std::span<const std::byte> body) {
  reader r{body};
  field_reader io{r};
  errc why{};
  io.code(why);
  r.finish();
  bool const early = why == errc::bad_version || why == errc::bad_cookie || why == errc::bad_name;
  bool const in_place = state_ == state::proved || (state_ == state::open ? opens() : early);
  if (r.failed() || !in_place || why == errc::normal)
    return fail(error{errc::protocol_violation, "REFUSE: out of place, or of a reason that it cannot have"});
  return fail(error{why, std::string{"refused by the other end: "}.append(meaning_of_refusal(why))});
}

inline std::string handshake::meaning_of_refusal(errc why) const {
  if (why == errc::bad_version)
    return "it speaks none of the versions " + std::to_string(own_.first_version) + " to " +
           std::to_string(own_.last_version) + " of the protocol";
  if (why == errc::bad_cookie) return "it has another cookie";
  if (why == errc::bad_name)
    return std::string{"it has this node's own name, or is not named "}.append(own_.dialled);
  if (why == errc::name_in_use)
    return std::string{"it is connected to another node of the name "}.append(own_.name);
  if (why == errc::duplicate) return "it is connected to this node already";
  return std::string{to_string(why)};
}

inline handshake::state handshake::on_failure(const error& e) {
  return fail(e);
}

inline void handshake::agree() {
  agreed_ = {std::string{peer_.name},
             peer_.creation,
             std::min(own_.last_version, peer_.last_version),
             own_.capabilities & peer_.capabilities,
             std::min(own_.frame, peer_.frame),
             peer_.session_window,
             peer_.mailbox_window,
             peer_.message};
}

inline void handshake::open() {
  end_frame(out_, begin_frame(out_, tag::open));
  state_ = state::open;
}

inline void handshake::refuse(errc why) {
  fail_and_tell(why, "refused");
}

inline handshake::state handshake::fail(error e) {
  std::string_view where;
  switch (state_) {
    case state::expecting_hello:
      where = "waiting for HELLO: ";
      break;
    case state::expecting_proof:
      where = "waiting for PROOF: ";
      break;
    case state::proved:
      where = "waiting for OPEN: ";
      break;
    case state::open:
    case state::failed:
      break;
  }
  why_ = error{e.which(), std::string{where}.append(e.details())};
  return state_ = state::failed;
}

inline handshake::state handshake::fail_and_tell(errc code, std::string details) {
  tell_refusal(code);
  return fail(error{code, std::move(details)});
}

inline void handshake::tell_refusal(errc why) {
  std::size_t const at = begin_frame(out_, tag::refuse);
  field_writer{out_}.code(why);
  end_frame(out_, at);
}

inline void handshake::tell_proof() {
  std::size_t const at = begin_frame(out_, tag::proof);
  out_.append(proof_of(dialler_ ? role::dialler : role::acceptor));
  end_frame(out_, at);
}

/// role | binding | each HELLO behind its length, the dialler's first
inline wire::proof handshake::proof_of(role r) const {
  byte_buffer transcript;
  writer w{transcript};
  w.number(static_cast<std::uint8_t>(r));
  w.number(static_cast<std::uint8_t>(binding_.is));
  w.bytes(binding_.bytes);
  for (auto const* h : {dialler_ ? &own_hello_ : &peer_hello_, dialler_ ? &peer_hello_ : &own_hello_}) {
    w.number(static_cast<std::uint32_t>(h->size()));
    w.bytes(h->span());
  }
  return prover_.prove(transcript.span());
}

}  // namespace snow::wire

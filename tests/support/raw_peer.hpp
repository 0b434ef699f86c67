#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "snow/session/prover.hpp"
#include "snow/wire.hpp"
#include "support/process.hpp"

namespace support {

/// A socket of 127.0.0.1, or a Unix-domain one, that blocks, but never longer than `patience`.
class raw_socket {
 public:
  explicit raw_socket(int fd) noexcept : fd_{fd} {}
  raw_socket(raw_socket&& from) noexcept : fd_{std::exchange(from.fd_, -1)} {}
  raw_socket& operator=(raw_socket&& from) noexcept {
    std::swap(fd_, from.fd_);
    return *this;
  }
  ~raw_socket() { close(); }

  static raw_socket dial(int port) {
    raw_socket s{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in const to = loopback(port);
    if (::connect(s.fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("connect");
    return s;
  }
  static raw_socket dial(const std::string& path) {
    raw_socket s{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    if (::connect(s.fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("connect");
    return s;
  }
  static sockaddr_in loopback(int port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<std::uint16_t>(port));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
  }

  /// Whether there is something to read, or the end, before that time has passed.
  bool readable_within(std::chrono::milliseconds at_most) const {
    pollfd p{fd_, POLLIN, 0};
    return ::poll(&p, 1, static_cast<int>(at_most.count())) > 0;
  }
  /// False once the other end has closed.
  bool write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      ssize_t const n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
  }
  bool write(std::string_view text) { return write(std::as_bytes(std::span{text})); }
  /// What there is; nothing at the end, however that came.
  std::vector<std::byte> read() {
    if (!readable_within(patience)) throw std::runtime_error{"the other end says nothing and does not close"};
    std::vector<std::byte> bytes(std::size_t{64} << 10);
    ssize_t const n = ::recv(fd_, bytes.data(), bytes.size(), 0);
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
  }
  /// Until the other end has closed; what it said until then.
  std::vector<std::byte> read_to_end() {
    std::vector<std::byte> all;
    for (auto some = read(); !some.empty(); some = read()) all.insert(all.end(), some.begin(), some.end());
    return all;
  }
  void close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const noexcept { return fd_; }

  [[noreturn]] static void fail(const char* what) {
    throw std::system_error{errno, std::generic_category(), what};
  }

 private:
  int fd_;
};

/// Where a node may be dialled whose every byte the test chooses.
class raw_listener {
 public:
  raw_listener() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in a = raw_socket::loopback(0);
    socklen_t size = sizeof a;
    auto* const generic = reinterpret_cast<sockaddr*>(&a);
    if (::bind(socket_.get(), generic, size) != 0 || ::listen(socket_.get(), 64) != 0 ||
        ::getsockname(socket_.get(), generic, &size) != 0)
      raw_socket::fail("listen");
    port_ = ntohs(a.sin_port);
  }
  int port() const noexcept { return port_; }
  std::string node_name(std::string_view id) const {
    return std::string{id} + "@127.0.0.1:" + std::to_string(port_);
  }
  raw_socket accept() {
    if (!is_dialled_within(patience)) throw std::runtime_error{"nobody dials"};
    return raw_socket{::accept(socket_.get(), nullptr, nullptr)};
  }
  bool is_dialled_within(std::chrono::milliseconds at_most) const { return socket_.readable_within(at_most); }

 private:
  raw_socket socket_;
  int port_ = 0;
};

/// A node that speaks the protocol as far as it is told to.
class raw_peer {
 public:
  /// One that has dialled `to`, or was dialled by it; `own` is its name. Nothing was said yet.
  raw_peer(raw_socket s, std::string own, std::string dialled,
           std::string_view cookie = "a cookie of the tests", const snow::wire::hello& like = {})
      : socket_{std::move(s)}, own_{std::move(own)}, dialled_{std::move(dialled)}, prover_{cookie} {
    snow::wire::hello h = like;
    h.name = own_;
    h.dialled = dialled_;
    if (h.creation == 0) h.creation = random_.next() | 1;
    random_.fill(h.nonce);
    handshake_.emplace(h, !dialled_.empty(), snow::wire::channel_binding{}, prover_, out_);
  }

  raw_socket& socket() noexcept { return socket_; }

  /// The handshake up to that state. What is to be said there is left to `say`.
  void shake_hands(snow::wire::handshake::state until = snow::wire::handshake::state::open) {
    using state = snow::wire::handshake::state;
    while (handshake_->now() != until) {
      say();
      if (handshake_->now() == state::proved && handshake_->opens()) {
        handshake_->open();
      } else {
        auto const f = next();
        if (!f) throw std::runtime_error{"the other end closed in the middle of the handshake"};
        handshake_->on_frame(*f);
        if (handshake_->now() == state::failed) throw handshake_->why();
      }
    }
    if (until != state::open) return;
    say();
    largest_ = handshake_->largest_frame();
  }
  void say() {
    said.insert(said.end(), out_.span().begin(), out_.span().end());
    socket_.write(out_.span());
    out_.clear();
  }
  std::vector<std::byte> said;  ///< by this end, during the handshake

  template <class Message>
  bool put(const Message& m) {
    snow::byte_buffer out;
    snow::wire::put(out, m);
    return socket_.write(out.span());
  }
  bool put(snow::wire::tag t, std::string_view body) {
    snow::byte_buffer out;
    auto const at = snow::wire::begin_frame(out, t);
    out.append(std::as_bytes(std::span{body}));
    snow::wire::end_frame(out, at);
    return socket_.write(out.span());
  }

  /// The next frame; its body lives until the next call. Nothing at the end.
  std::optional<snow::wire::frame> next() {
    received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
    for (;;) {
      snow::wire::frame_reader frames{received_, largest_};
      snow::wire::frame f;
      if (frames.next(f)) {
        taken_ = frames.consumed();
        return f;
      }
      if (frames.failed()) throw frames.why();
      auto const more = socket_.read();
      if (more.empty()) return {};
      received_.insert(received_.end(), more.begin(), more.end());
    }
  }
  /// The next frame of that kind, good until the next call; what comes before it is passed over.
  template <class Message>
  Message expect() {
    while (auto const f = next())
      if (f->tag == Message::is) return snow::wire::get<Message>(f->body).value();
    throw std::runtime_error{"the other end closed"};
  }
  /// Waits for the other end to close, whatever it says before.
  void await_close() {
    while (next()) {
    }
  }
  /// The other end still answers.
  bool is_answered() {
    if (!put(snow::wire::ping{4711})) return false;
    while (auto const f = next())
      if (f->tag == snow::wire::tag::pong &&
          snow::wire::get<snow::wire::pong>(f->body).value().number == 4711)
        return true;
    return false;
  }

 private:
  raw_socket socket_;
  std::string own_;
  std::string dialled_;
  snow::cookie_prover prover_;
  snow::openssl_random random_;
  snow::byte_buffer out_;
  std::optional<snow::wire::handshake> handshake_;
  std::uint32_t largest_ = snow::wire::longest_handshake;
  std::vector<std::byte> received_;
  std::size_t taken_ = 0;
};

}  // namespace support

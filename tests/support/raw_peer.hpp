#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "snow/session/prover.hpp"
#include "snow/wire.hpp"

namespace support {

/// Another node, as a plain socket that says what the test wants, allowed or not. It waits 10 s for an
/// answer.
class raw_peer {
 public:
  explicit raw_peer(const std::string& path) : fd_{::socket(AF_UNIX, SOCK_STREAM, 0)} {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof(to.sun_path) - 1);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0)
      throw std::runtime_error{"connect " + path + ": " + std::strerror(errno)};
  }
  raw_peer(const raw_peer&) = delete;
  ~raw_peer() { ::close(fd_); }

  /// The handshake, up to OPEN.
  void open(const std::string& own_name, const std::string& other, const std::string& cookie,
            snow::wire::hello h = {}) {
    snow::cookie_prover prover{cookie};
    snow::openssl_random random;
    h.name = own_name;
    h.dialled = other;
    h.creation = random.next();
    random.fill(h.nonce);
    snow::byte_buffer out;
    snow::wire::handshake shake{h, true, {}, prover, out};
    using state = snow::wire::handshake::state;
    for (;;) {
      if (shake.now() == state::proved && shake.opens()) shake.open();
      write(out.span());
      out.clear();
      if (shake.now() == state::open) return;
      auto const f = next();
      if (!f) throw std::runtime_error{"the node closed the connection in the handshake"};
      if (shake.on_frame({f->first, f->second}) == state::failed)
        throw std::runtime_error{shake.why().what()};
    }
  }

  template <class Message>
  void say(const Message& m) {
    snow::byte_buffer out;
    snow::wire::put(out, m);
    write(out.span());
  }
  /// False: the node has closed the connection.
  bool write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      ssize_t const n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
  }

  using frame = std::pair<snow::wire::tag, std::vector<std::byte>>;
  /// The next frame; none at the end of the connection.
  std::optional<frame> next() {
    for (;;) {
      snow::wire::frame_reader r{in_, ~std::uint32_t{0}};
      snow::wire::frame f;
      if (r.next(f)) {
        frame taken{f.tag, {f.body.begin(), f.body.end()}};
        in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(r.consumed()));
        return taken;
      }
      pollfd ready{fd_, POLLIN, 0};
      if (::poll(&ready, 1, 10'000) != 1) throw std::runtime_error{"the node says nothing"};
      std::byte some[4096];
      ssize_t const n = ::recv(fd_, some, sizeof(some), 0);
      if (n <= 0) return {};
      in_.insert(in_.end(), some, some + n);
    }
  }
  /// The next of that kind; whatever else comes is skipped. `f` gets it, its views alive.
  template <class Message, class F>
  auto hear(F f) {
    for (;;) {
      auto const got = next();
      if (!got) throw std::runtime_error{"the node closed the connection"};
      if (got->first == Message::is) return f(snow::wire::get<Message>(got->second).value());
    }
  }
  /// Whether the node ends the connection, whatever it says before.
  bool is_closed() {
    while (next()) {
    }
    return true;
  }

 private:
  int fd_;
  std::vector<std::byte> in_;
};

}  // namespace support

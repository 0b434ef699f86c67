#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "snow/base/result.hpp"
#include "snow/wire/handshake.hpp"

namespace snow {

class worker;

/// One connection as an ordered stream of bytes: TCP, a Unix-domain socket, TLS, or a simulated one. It
/// belongs to one worker; its events come on that worker, never from within a call.
class stream {
 public:
  class events {
   public:
    /// `n` bytes were read. None and no error: the peer will send nothing more.
    virtual void on_read(std::error_code ec, std::size_t n) = 0;
    /// `write` may take something again.
    virtual void on_writable(std::error_code ec) = 0;

   protected:
    ~events() = default;
  };

  virtual ~stream() = default;

  /// Before the first call; no event comes after `close`.
  virtual void attach(events& to) noexcept = 0;
  /// One at a time: ends in `on_read`. `into` must live until then, or until the stream is destroyed.
  virtual void read(std::span<std::byte> into) = 0;
  /// Takes as much of the parts, in their order, as goes without waiting, and says how many bytes that was.
  virtual std::size_t write(std::span<const std::span<const std::byte>> parts, std::error_code& ec) = 0;
  /// One at a time: ends in `on_writable`.
  virtual void await_writable() = 0;
  virtual void close() noexcept = 0;

  /// Whether nothing but this machine is on the other end.
  virtual bool is_local() const noexcept = 0;
  /// Whether nobody between the ends can read or change what is said.
  virtual bool is_protected() const noexcept { return is_local(); }
  virtual wire::channel_binding binding() const { return {}; }
  /// Of the other end, for the log and for what is counted by address: without the port.
  virtual const std::string& peer_address() const noexcept = 0;
};

/// Where connections come from. Its owner destroys it to stop.
class acceptor {
 public:
  virtual ~acceptor() = default;
};

/// How a node makes connections. `home` is the worker to which all of them belong: everything but `listen` is
/// called on it, and everything that is called back is to be called on it, not from within a call; from other
/// threads by `run_on(home, f)`, and never once the stream is closed or the acceptor destroyed.
class transport {
 public:
  using dialled = std::function<void(result<std::unique_ptr<stream>>)>;
  using accepted = std::function<void(std::unique_ptr<stream>)>;

  virtual ~transport() = default;
  /// Ends in `done`. The caller sets the deadline: what comes too late it throws away.
  virtual void dial(worker& home, const std::string& address, dialled done) = 0;
  /// Throws `address_in_use`, or what the system says. Connections come once the worker runs.
  virtual std::unique_ptr<acceptor> listen(worker& home, const std::string& address, accepted each) = 0;
};

}  // namespace snow

#pragma once

#include "snow/base/config.hpp"
// Asio needs the line above.
#include <asio/basic_socket_acceptor.hpp>
#include <asio/basic_stream_socket.hpp>
#include <asio/connect.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>

#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "snow/session/address.hpp"
#include "snow/session/stream.hpp"

namespace snow {

namespace detail {

/// A connected socket of either family.
class socket_stream final : public stream {
 public:
  using socket_type =
      asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

  socket_stream(socket_type&& s, std::string peer, bool local)
      : shared_{std::make_shared<shared>(std::move(s))}, peer_{std::move(peer)}, local_{local} {
    shared_->socket.non_blocking(true);
  }
  ~socket_stream() override { close(); }

  void attach(events& to) noexcept override { shared_->to = &to; }
  void read(std::span<std::byte> into) override {
    shared_->socket.async_read_some(asio::buffer(into.data(), into.size()),
                                    [s = shared_](std::error_code ec, std::size_t n) {
                                      if (ec == asio::error::eof) ec = {};
                                      if (s->to) s->to->on_read(ec, n);
                                    });
  }
  std::size_t write(std::span<const std::span<const std::byte>> parts, std::error_code& ec) override {
    std::array<asio::const_buffer, 16> buffers;
    std::size_t const n = std::min(parts.size(), buffers.size());
    for (std::size_t i = 0; i < n; ++i) buffers[i] = asio::buffer(parts[i].data(), parts[i].size());
    std::size_t const written = n == 1 ? shared_->socket.write_some(buffers[0], ec)
                                       : shared_->socket.write_some(std::span{buffers}.first(n), ec);
    if (ec == asio::error::would_block) ec = {};
    return written;
  }
  void await_writable() override {
    shared_->socket.async_wait(socket_type::wait_write, [s = shared_](std::error_code ec) {
      if (s->to) s->to->on_writable(ec);
    });
  }
  void close() noexcept override {
    shared_->to = nullptr;
    std::error_code ignored;
    shared_->socket.close(ignored);
  }
  bool is_local() const noexcept override { return local_; }
  const std::string& peer_address() const noexcept override { return peer_; }

 private:
  struct shared {  // what an operation under way still needs when the stream is gone
    explicit shared(socket_type&& s) : socket{std::move(s)} {}
    socket_type socket;
    events* to = nullptr;
  };
  std::shared_ptr<shared> shared_;
  std::string const peer_;
  bool const local_;
};

template <class Protocol>
std::unique_ptr<stream> made_stream(
    asio::basic_stream_socket<Protocol, asio::io_context::executor_type>&& s) {
  std::error_code ignored;
  if constexpr (std::is_same_v<Protocol, asio::ip::tcp>) {
    s.set_option(asio::ip::tcp::no_delay{true}, ignored);
    auto const peer = s.remote_endpoint(ignored).address();
    bool const local = peer.is_loopback() && s.local_endpoint(ignored).address().is_loopback();
    return std::make_unique<socket_stream>(std::move(s), peer.to_string(), local);
  } else {
    return std::make_unique<socket_stream>(std::move(s), "unix", true);
  }
}

/// Accepts until it is destroyed. When the process has no descriptor left it waits a moment and goes on.
template <class Protocol>
class socket_acceptor final : public acceptor {
 public:
  using socket_type = asio::basic_stream_socket<Protocol, asio::io_context::executor_type>;
  using acceptor_type = asio::basic_socket_acceptor<Protocol, asio::io_context::executor_type>;

  socket_acceptor(asio::io_context& io, const typename Protocol::endpoint& at, transport::accepted each,
                  std::string path)
      : shared_{std::make_shared<shared>(io, std::move(each))}, path_{std::move(path)} {
    acceptor_type& a = shared_->acceptor;
    a.open(at.protocol());
    a.set_option(asio::socket_base::reuse_address{true});
    a.bind(at);
    a.listen(asio::socket_base::max_listen_connections);
    next(shared_);
  }
  ~socket_acceptor() override {
    shared_->each = nullptr;
    std::error_code ignored;
    shared_->acceptor.close(ignored);
    shared_->pause.cancel();
    if (!path_.empty()) ::unlink(path_.c_str());
  }

 private:
  struct shared {
    shared(asio::io_context& io, transport::accepted f) : acceptor{io}, pause{io}, each{std::move(f)} {}
    acceptor_type acceptor;
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               asio::io_context::executor_type>
        pause;  // the type-erased executor is much to compile
    transport::accepted each;
  };
  static void next(const std::shared_ptr<shared>& s) {
    s->acceptor.async_accept([s](std::error_code ec, socket_type peer) {
      if (!s->each) return;
      if (!ec) {
        s->each(made_stream<Protocol>(std::move(peer)));
        if (s->each) next(s);
        return;
      }
      s->pause.expires_after(std::chrono::milliseconds{50});
      s->pause.async_wait([s](std::error_code) {
        if (s->each) next(s);
      });
    });
  }
  std::shared_ptr<shared> shared_;
  std::string const path_;
};

}  // namespace detail

/// TCP and Unix-domain sockets on one worker's `io_context`.
class socket_transport final : public transport {
 public:
  explicit socket_transport(asio::io_context& io) noexcept : io_{io} {}

  void dial(const std::string& address, dialled done) override;
  std::unique_ptr<acceptor> listen(const std::string& address, accepted each) override;

 private:
  using tcp = asio::ip::tcp;
  using local = asio::local::stream_protocol;

  asio::io_context& io_;
};

inline void socket_transport::dial(const std::string& address, dialled done) {
  auto const a = node_address::parse(address);
  auto const finish = [](std::error_code ec, const std::string& where, const dialled& f) {
    f(error{errc::no_connection, where + ": " + ec.message()});
  };
  if (a.is_unix()) {
    auto s = std::make_shared<asio::basic_stream_socket<local, asio::io_context::executor_type>>(io_);
    s->async_connect(local::endpoint{std::string{a.path}}, [s, address, done, finish](std::error_code ec) {
      if (ec) return finish(ec, address, done);
      done(detail::made_stream<local>(std::move(*s)));
    });
    return;
  }
  using resolver = asio::ip::basic_resolver<tcp, asio::io_context::executor_type>;
  auto r = std::make_shared<resolver>(io_);
  r->async_resolve(
      a.host, a.port, [this, r, address, done, finish](std::error_code ec, resolver::results_type found) {
        if (ec) return finish(ec, address, done);
        auto s = std::make_shared<asio::basic_stream_socket<tcp, asio::io_context::executor_type>>(io_);
        asio::async_connect(*s, found,
                            [s, address, done, finish](std::error_code failed, const tcp::endpoint&) {
                              if (failed) return finish(failed, address, done);
                              done(detail::made_stream<tcp>(std::move(*s)));
                            });
      });
}

inline std::unique_ptr<acceptor> socket_transport::listen(const std::string& address, accepted each) {
  auto const a = node_address::parse(address);
  try {
    if (a.is_unix()) {
      std::string const path{a.path};
      // A socket that nobody listens on is left over from a process that was killed.
      asio::basic_stream_socket<local, asio::io_context::executor_type> probe{io_};
      std::error_code ec;
      probe.connect(local::endpoint{path}, ec);
      if (ec == asio::error::connection_refused) ::unlink(path.c_str());
      return std::make_unique<detail::socket_acceptor<local>>(io_, local::endpoint{path}, std::move(each),
                                                              path);
    }
    asio::ip::basic_resolver<tcp, asio::io_context::executor_type> r{io_};
    auto const found = r.resolve(a.host, a.port, asio::ip::resolver_base::passive);
    return std::make_unique<detail::socket_acceptor<tcp>>(io_, found.begin()->endpoint(), std::move(each),
                                                          "");
  } catch (const std::system_error& e) {
    bool const used = e.code() == asio::error::address_in_use;
    throw error{used ? errc::address_in_use : errc::bad_name,
                address + ": " + e.code().message() + (used ? ": another program listens there" : "")};
  }
}

}  // namespace snow

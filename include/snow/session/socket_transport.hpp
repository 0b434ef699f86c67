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
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "snow/runtime/run_on.hpp"
#include "snow/session/address.hpp"
#include "snow/session/stream.hpp"

namespace snow {

namespace detail {

/// Leads what completes on an `io_context` to a worker: a context of the user's is run by any thread, and
/// after the node's end too.
class way_home {
 public:
  explicit way_home(worker& home) noexcept : home_{home} {}

  template <class F>
  void run(F f) {
    if (worker::current() == &home_) return f();
    std::lock_guard const lock{mutex_};
    if (!closed_) run_on(home_, std::move(f));
  }
  /// No worker runs any more.
  void close() noexcept {
    std::lock_guard const lock{mutex_};
    closed_ = true;
  }

 private:
  worker& home_;
  std::mutex mutex_;
  bool closed_ = false;
};

/// A connected socket of either family.
class socket_stream final : public stream {
 public:
  using socket_type =
      asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

  socket_stream(socket_type&& s, std::shared_ptr<way_home> home, std::string peer, bool local)
      : shared_{std::make_shared<shared>(std::move(s), std::move(home))},
        peer_{std::move(peer)},
        local_{local} {
    shared_->socket.non_blocking(true);
  }
  ~socket_stream() override { close(); }

  void attach(events& to) noexcept override { shared_->to = &to; }
  void read(std::span<std::byte> into) override {
    shared_->socket.async_read_some(asio::buffer(into.data(), into.size()),
                                    [s = shared_](std::error_code ec, std::size_t n) {
                                      if (ec == asio::error::eof) ec = {};
                                      s->home->run([s, ec, n] {
                                        if (s->to) s->to->on_read(ec, n);
                                      });
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
      s->home->run([s, ec] {
        if (s->to) s->to->on_writable(ec);
      });
    });
  }
  void close() noexcept override {
    if (std::exchange(closed_, true)) return;  // the last reference may be let go on another worker
    shared_->to = nullptr;
    std::error_code ignored;
    shared_->socket.close(ignored);
  }
  bool is_local() const noexcept override { return local_; }
  const std::string& peer_address() const noexcept override { return peer_; }

 private:
  struct shared {  // what an operation under way still needs when the stream is gone
    shared(socket_type&& s, std::shared_ptr<way_home> way) : socket{std::move(s)}, home{std::move(way)} {}
    socket_type socket;
    std::shared_ptr<way_home> const home;
    events* to = nullptr;
  };
  std::shared_ptr<shared> shared_;
  std::string const peer_;
  bool const local_;
  bool closed_ = false;
};

template <class Protocol>
std::unique_ptr<stream> made_stream(asio::basic_stream_socket<Protocol, asio::io_context::executor_type>&& s,
                                    std::shared_ptr<way_home> home) {
  std::error_code ignored;
  if constexpr (std::is_same_v<Protocol, asio::ip::tcp>) {
    s.set_option(asio::ip::tcp::no_delay{true}, ignored);
    auto const peer = s.remote_endpoint(ignored).address();
    bool const local = peer.is_loopback() && s.local_endpoint(ignored).address().is_loopback();
    return std::make_unique<socket_stream>(std::move(s), std::move(home), peer.to_string(), local);
  } else {
    return std::make_unique<socket_stream>(std::move(s), std::move(home), "unix", true);
  }
}

/// Accepts until it is destroyed. When the process has no descriptor left it waits a moment and goes on.
template <class Protocol>
class socket_acceptor final : public acceptor {
 public:
  using socket_type = asio::basic_stream_socket<Protocol, asio::io_context::executor_type>;
  using acceptor_type = asio::basic_socket_acceptor<Protocol, asio::io_context::executor_type>;

  socket_acceptor(asio::io_context& io, std::shared_ptr<way_home> home, const typename Protocol::endpoint& at,
                  transport::accepted each, std::string path)
      : shared_{std::make_shared<shared>(io, std::move(home), std::move(each))}, path_{std::move(path)} {
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
    shared(asio::io_context& io, std::shared_ptr<way_home> way, transport::accepted f)
        : home{std::move(way)}, acceptor{io}, pause{io}, each{std::move(f)} {}
    std::shared_ptr<way_home> const home;
    acceptor_type acceptor;
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               asio::io_context::executor_type>
        pause;  // the type-erased executor is much to compile
    transport::accepted each;
  };
  static void next(const std::shared_ptr<shared>& s) {
    s->acceptor.async_accept([s](std::error_code ec, socket_type peer) {
      s->home->run([s, ec, peer = std::move(peer)]() mutable {
        if (!s->each) return;
        if (ec) return wait(s);
        try {
          s->each(made_stream<Protocol>(std::move(peer), s->home));
        } catch (const std::exception&) {
          // It is closed, for want of memory; the others are not the worse for it.
        }
        if (s->each) next(s);
      });
    });
  }
  static void wait(const std::shared_ptr<shared>& s) {
    s->pause.expires_after(std::chrono::milliseconds{50});
    s->pause.async_wait([s](std::error_code) {
      s->home->run([s] {
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
  socket_transport(asio::io_context& io, worker& home)
      : io_{io}, home_{std::make_shared<detail::way_home>(home)} {}
  ~socket_transport() override { home_->close(); }

  void dial(worker&, const std::string& address, dialled done) override;
  std::unique_ptr<acceptor> listen(worker&, const std::string& address, accepted each) override;

 private:
  using tcp = asio::ip::tcp;
  using local = asio::local::stream_protocol;

  template <class Protocol>
  using socket = asio::basic_stream_socket<Protocol, asio::io_context::executor_type>;

  asio::io_context& io_;
  std::shared_ptr<detail::way_home> home_;
};

inline void socket_transport::dial(worker&, const std::string& address, dialled done) {
  auto const a = node_address::parse(address);
  auto const finish = [home = home_, address, done = std::move(done)](std::error_code ec, auto s) {
    home->run([home, address, done, ec, s] {
      if (ec) return done(error{errc::no_connection, address + ": " + ec.message()});
      done(detail::made_stream(std::move(*s), home));
    });
  };
  if (a.is_unix()) {
    auto s = std::make_shared<socket<local>>(io_);
    s->async_connect(local::endpoint{std::string{a.path}},
                     [s, finish](std::error_code ec) { finish(ec, s); });
    return;
  }
  using resolver = asio::ip::basic_resolver<tcp, asio::io_context::executor_type>;
  auto r = std::make_shared<resolver>(io_);
  auto s = std::make_shared<socket<tcp>>(io_);
  r->async_resolve(a.host, a.port, [r, s, finish](std::error_code ec, resolver::results_type found) {
    if (ec) return finish(ec, s);
    asio::async_connect(*s, found,
                        [s, finish](std::error_code failed, const tcp::endpoint&) { finish(failed, s); });
  });
}

inline std::unique_ptr<acceptor> socket_transport::listen(worker&, const std::string& address,
                                                          accepted each) {
  auto const a = node_address::parse(address);
  try {
    if (a.is_unix()) {
      std::string const path{a.path};
      // A socket that nobody listens on is left over from a process that was killed.
      asio::basic_stream_socket<local, asio::io_context::executor_type> probe{io_};
      std::error_code ec;
      probe.connect(local::endpoint{path}, ec);
      if (ec == asio::error::connection_refused) ::unlink(path.c_str());
      return std::make_unique<detail::socket_acceptor<local>>(io_, home_, local::endpoint{path},
                                                              std::move(each), path);
    }
    asio::ip::basic_resolver<tcp, asio::io_context::executor_type> r{io_};
    auto const found = r.resolve(a.host, a.port, asio::ip::resolver_base::passive);
    return std::make_unique<detail::socket_acceptor<tcp>>(io_, home_, found.begin()->endpoint(),
                                                          std::move(each), "");
  } catch (const std::system_error& e) {
    bool const used = e.code() == asio::error::address_in_use;
    throw error{used ? errc::address_in_use : errc::bad_name,
                address + ": " + e.code().message() + (used ? ": another program listens there" : "")};
  }
}

}  // namespace snow

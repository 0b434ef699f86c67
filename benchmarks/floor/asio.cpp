// Plain Asio: one process asks or sends, another answers.
#include <asio.hpp>
#include <utility>

#include "../figures.hpp"
#include "../two_processes.hpp"
#include "frames.hpp"

using asio::ip::tcp;
using figures::check;
using figures::latencies;
using figures::stopwatch;

/// Reads what is there, and writes at once what was put meanwhile.
class connection {
 public:
  explicit connection(tcp::socket s) : socket_{std::move(s)} { socket_.set_option(tcp::no_delay{true}); }

  tcp::socket& socket() { return socket_; }

  void put(std::uint64_t number) { append(next_, number); }
  /// Puts the numbers of 1 to `end`, a batch whenever the one before has been written.
  void put_all_to(std::uint64_t end) {
    end_ = end;
    flush();
  }
  void flush() {
    last_ = append_batch(next_, last_, end_);
    if (!written_.empty() || next_.empty()) return;
    std::swap(next_, written_);
    asio::async_write(socket_, asio::buffer(written_), [this](std::error_code ec, std::size_t) {
      written_.clear();
      if (!ec) flush();
    });
  }
  /// Until `on_number` returns false.
  template <class F>
  void receive(F on_number) {
    socket_.async_read_some(asio::buffer(in_.free(), in_.room()),
                            [this, on_number](std::error_code ec, std::size_t n) {
                              bool going = !ec;
                              in_.came(n, [&](std::uint64_t number) { going = going && on_number(number); });
                              flush();
                              if (going) receive(on_number);
                            });
  }

 private:
  tcp::socket socket_;
  std::vector<char> next_, written_;
  std::uint64_t last_ = 0, end_ = 0;
  incoming in_;
};

/// `serve(connection&)` in another process, and `use(connection&)` in this one, each until it has nothing
/// left to wait for.
template <class Serve, class Use>
void in_two_processes(Serve serve, Use use) {
  unsigned short const port = figures::free_port();
  tcp::endpoint const at{asio::ip::address_v4::loopback(), port};
  figures::other_process const server{[&] {
    asio::io_context io{1};
    tcp::acceptor acceptor{io, at};
    connection peer{acceptor.accept()};
    serve(peer);
    io.run();
    ::pause();
    return 0;
  }};
  asio::io_context io{1};
  tcp::socket s{io};
  for (std::error_code ec = asio::error::connection_refused; ec == asio::error::connection_refused;) {
    s = tcp::socket{io};
    s.connect(at, ec);
  }
  connection peer{std::move(s)};
  use(peer);
  io.run();
}

void answer(connection& peer) {
  peer.receive([&](std::uint64_t number) { return peer.put(2 * number), true; });
}

double request(std::uint64_t requests) {
  std::uint64_t asked = 1, sum = 0;
  latencies all;
  stopwatch each;
  in_two_processes(answer, [&](connection& peer) {
    peer.receive([&](std::uint64_t number) {
      all.add(std::exchange(each, stopwatch{}));
      sum += number;
      if (asked == requests) return false;
      peer.put(++asked);
      return true;
    });
    peer.put(asked);
    peer.flush();
  });
  check("the sum", sum, 2 * sum_to(requests));
  return all.median_in_microseconds();
}

double requests(std::uint64_t each) {
  auto const total = outstanding * each;
  std::uint64_t asked = 0, answered = 0, sum = 0;
  stopwatch watch;
  in_two_processes(answer, [&](connection& peer) {
    watch = {};
    peer.receive([&](std::uint64_t number) {
      sum += number;
      if (asked < total) peer.put(++asked);
      return ++answered < total;
    });
    while (asked < outstanding) peer.put(++asked);
    peer.flush();
  });
  double const figure = watch.per_second(total);
  check("the sum", sum, 2 * sum_to(total));
  return figure;
}

double one_way(std::uint64_t messages) {
  std::uint64_t received = 0, sum = 0;
  stopwatch watch;
  in_two_processes(
      [&](connection& peer) {
        peer.receive([&](std::uint64_t number) {
          sum += number;
          if (++received == messages) peer.put(sum);
          return received < messages;
        });
      },
      [&](connection& peer) {
        watch = {};
        peer.receive([&](std::uint64_t number) { return sum = number, false; });
        peer.put_all_to(messages);
      });
  double const figure = watch.per_second(messages);
  check("the sum", sum, sum_to(messages));
  return figure;
}

// ---- 1 MiB

void send_large(connection& peer, const std::vector<char>& frame, std::uint64_t left) {
  if (left == 0) return;
  asio::async_write(peer.socket(), asio::buffer(frame),
                    [&peer, &frame, left](std::error_code ec, std::size_t) {
                      if (!ec) send_large(peer, frame, left - 1);
                    });
}

struct arriving {
  std::uint32_t length = 0;
  std::vector<char> bytes = std::vector<char>(mebibyte);
  std::uint64_t left;
  std::uint64_t sum = 0;
};

void receive_large(connection& peer, arriving& in) {
  if (in.left-- == 0) {
    peer.put(in.sum);
    return peer.flush();
  }
  asio::async_read(
      peer.socket(), asio::buffer(&in.length, sizeof in.length), [&](std::error_code error, std::size_t) {
        if (error || in.length != mebibyte) return;
        asio::async_read(peer.socket(), asio::buffer(in.bytes), [&](std::error_code ec, std::size_t n) {
          in.sum += n;
          if (!ec) receive_large(peer, in);
        });
      });
}

double mebibytes(std::uint64_t messages) {
  std::uint64_t sum = 0;
  auto const frame = large_frame();
  arriving in{.left = messages};
  stopwatch watch;
  in_two_processes([&](connection& peer) { receive_large(peer, in); },
                   [&](connection& peer) {
                     watch = {};
                     peer.receive([&](std::uint64_t number) { return sum = number, false; });
                     send_large(peer, frame, messages);
                   });
  double const figure = watch.per_second(messages * mebibyte) / 1e9;
  check("the bytes", sum, messages * mebibyte);
  return figure;
}

int main(int argc, char** argv) {
  return figures::run(argc, argv,
                      {{"remote-request", "us", 20'000, request},
                       {"remote-requests-256", "requests/s", 10'000, requests},
                       {"remote-one-way", "messages/s", 10'000'000, one_way},
                       {"remote-mebibytes", "GB/s", 2'000, mebibytes}});
}

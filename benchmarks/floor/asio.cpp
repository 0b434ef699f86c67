// Plain Asio: one process asks, another answers; frames of a 4-byte length and an 8-byte number.
#include <asio.hpp>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "../figures.hpp"
#include "../two_processes.hpp"

using asio::ip::tcp;
using figures::check;
using figures::latencies;
using figures::stopwatch;

struct frame {
  std::uint32_t length;
  std::uint64_t number;
} __attribute__((packed));

/// Reads what is there, takes the whole frames out of it, and answers each by what `on_number` makes of it.
class connection {
 public:
  explicit connection(tcp::socket s) : socket_{std::move(s)} { socket_.set_option(tcp::no_delay{true}); }

  void send(std::uint64_t number) {
    out_ = {sizeof out_.number, number};
    asio::async_write(socket_, asio::buffer(&out_, sizeof out_), [](std::error_code, std::size_t) {});
  }
  template <class F>
  void receive(F on_number) {
    socket_.async_read_some(asio::buffer(in_ + filled_, sizeof in_ - filled_),
                            [this, on_number](std::error_code ec, std::size_t n) {
                              if (ec) return;
                              filled_ += n;
                              std::size_t taken = 0;
                              bool going = true;
                              for (frame f; going && filled_ - taken >= sizeof f; taken += sizeof f) {
                                std::memcpy(&f, in_ + taken, sizeof f);
                                going = f.length == sizeof f.number && on_number(f.number);
                              }
                              std::memmove(in_, in_ + taken, filled_ -= taken);
                              if (going) receive(on_number);
                            });
  }

 private:
  tcp::socket socket_;
  frame out_{};
  char in_[4096];
  std::size_t filled_ = 0;
};

double request(std::uint64_t requests) {
  unsigned short const port = figures::free_port();
  tcp::endpoint const at{asio::ip::address_v4::loopback(), port};
  figures::other_process const server{[&] {
    asio::io_context io{1};
    tcp::acceptor acceptor{io, at};
    connection peer{acceptor.accept()};
    peer.receive([&](std::uint64_t number) { return peer.send(2 * number), true; });
    io.run();
    return 0;
  }};
  asio::io_context io{1};
  tcp::socket s{io};
  for (std::error_code ec = asio::error::connection_refused; ec == asio::error::connection_refused;) {
    s = tcp::socket{io};
    s.connect(at, ec);
  }
  connection peer{std::move(s)};
  std::uint64_t asked = 1, sum = 0;
  latencies all;
  stopwatch each;
  peer.receive([&](std::uint64_t number) {
    all.add(std::exchange(each, stopwatch{}));
    sum += number;
    if (asked == requests) return false;
    peer.send(++asked);
    return true;
  });
  peer.send(asked);
  io.run();
  check("the sum", sum, requests * (requests + 1));
  return all.median_in_microseconds();
}

int main(int argc, char** argv) {
  return figures::run(argc, argv, {{"asio-request", "us", 20'000, request}});
}

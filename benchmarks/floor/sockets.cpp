// Blocking sockets: what the kernel takes for the same work, whoever asks for it.
#include <netinet/tcp.h>

#include <sys/uio.h>
#include <array>

#include "../figures.hpp"
#include "../two_processes.hpp"
#include "frames.hpp"

using figures::check;
using figures::latencies;
using figures::stopwatch;

[[noreturn]] static void fail(const char* what) {
  throw std::system_error{errno, std::generic_category(), what};
}

class connection {
 public:
  explicit connection(int s) : socket_{s} {
    int const on = 1;
    if (s < 0 || ::setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) fail("socket");
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() { ::close(socket_); }

  void send(const std::vector<char>& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      auto const more = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (more < 0) fail("send");
      sent += static_cast<std::size_t>(more);
    }
  }
  void send_and_clear(std::vector<char>& batch) {
    send(batch);
    batch.clear();
  }

  /// Waits for some bytes, or for all that there is room for. None: the other process has gone.
  std::size_t receive(char* to, std::size_t room, bool all = false) {
    auto const came = ::recv(socket_, to, room, all ? MSG_WAITALL : 0);
    if (came < 0) fail("recv");
    return static_cast<std::size_t>(came);
  }
  /// Waits for some frames. False: the other process has gone.
  template <class F>
  bool receive(incoming& in, F on_number) {
    auto const came = receive(in.free(), in.room());
    in.came(came, on_number);
    return came > 0;
  }

 private:
  int const socket_;
};

/// Another process that does `serve` to the connection that this one has to it.
template <class F>
class server {
 public:
  explicit server(F serve)
      : listener_{listening()}, process_{[&] {
          connection c{::accept(listener_, nullptr, nullptr)};
          serve(c);
          return 0;
        }} {}
  ~server() { ::close(listener_); }

  int connect() const {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    int const s = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0 ||
        ::connect(s, reinterpret_cast<sockaddr*>(&at), size) != 0)
      fail("connect");
    return s;
  }

 private:
  static int listening() {
    int const s = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(s, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || ::listen(s, 1) != 0) fail("listen");
    return s;
  }

  int const listener_;
  figures::other_process const process_;
};

/// Answers whatever came by one write.
static void answer(connection& c) {
  incoming in;
  std::vector<char> out;
  while (c.receive(in, [&](std::uint64_t number) { append(out, 2 * number); }))
    if (!out.empty()) c.send_and_clear(out);
}

static double request(std::uint64_t requests) {
  server const there{answer};
  connection c{there.connect()};
  incoming in;
  std::vector<char> out;
  std::uint64_t sum = 0;
  latencies all;
  for (std::uint64_t i = 1; i <= requests; ++i) {
    stopwatch const each;
    append(out, i);
    c.send_and_clear(out);
    c.receive(in, [&](std::uint64_t number) { sum += number; });
    all.add(each);
  }
  check("the sum", sum, 2 * sum_to(requests));
  return all.median_in_microseconds();
}

static double requests(std::uint64_t each) {
  auto const total = outstanding * each;
  server const there{answer};
  connection c{there.connect()};
  incoming in;
  std::vector<char> out;
  std::uint64_t asked = 0, answered = 0, sum = 0;
  stopwatch const watch;
  while (asked < outstanding) append(out, ++asked);
  auto const ask_next = [&](std::uint64_t number) {
    ++answered;
    sum += number;
    if (asked < total) append(out, ++asked);
  };
  do {
    if (!out.empty()) c.send_and_clear(out);
  } while (c.receive(in, ask_next) && answered < total);
  double const figure = watch.per_second(total);
  check("the sum", sum, 2 * sum_to(total));
  return figure;
}

static double one_way(std::uint64_t messages) {
  server const there{[=](connection& c) {
    incoming in;
    std::vector<char> out;
    std::uint64_t received = 0, sum = 0;
    while (received < messages && c.receive(in, [&](std::uint64_t number) { ++received, sum += number; }))
      continue;
    append(out, sum);
    c.send_and_clear(out);
    ::pause();
  }};
  connection c{there.connect()};
  incoming in;
  std::vector<char> out;
  std::uint64_t sum = 0;
  stopwatch const watch;
  for (std::uint64_t last = 0; last < messages; c.send_and_clear(out))
    last = append_batch(out, last, messages);
  c.receive(in, [&](std::uint64_t number) { sum = number; });
  double const figure = watch.per_second(messages);
  check("the sum", sum, sum_to(messages));
  return figure;
}

static double mebibytes(std::uint64_t messages) {
  server const there{[=](connection& c) {
    std::vector<char> bytes(mebibyte), out;
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < messages; ++i) {
      std::uint32_t length = 0;
      c.receive(reinterpret_cast<char*>(&length), sizeof length, true);
      if (length == mebibyte) sum += c.receive(bytes.data(), length, true);
    }
    append(out, sum);
    c.send_and_clear(out);
    ::pause();
  }};
  connection c{there.connect()};
  incoming in;
  auto const whole = large_frame();
  std::uint64_t sum = 0;
  stopwatch const watch;
  for (std::uint64_t i = 0; i < messages; ++i) c.send(whole);
  c.receive(in, [&](std::uint64_t number) { sum = number; });
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

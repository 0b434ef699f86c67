#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <vector>

namespace figures {

/// Runs `f` in a process of its own, which ends with this object. Before any thread was started.
class other_process {
 public:
  template <class F>
  explicit other_process(F f) : id_{::fork()} {
    if (id_ < 0) throw std::system_error{errno, std::generic_category(), "fork"};
    if (id_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::_exit(f());
  }
  other_process(const other_process&) = delete;
  other_process& operator=(const other_process&) = delete;
  ~other_process() {
    ::kill(id_, SIGTERM);
    ::waitpid(id_, nullptr, 0);
  }

 private:
  ::pid_t const id_;
};

/// So many TCP ports of the loopback interface that nobody listens on.
inline std::vector<unsigned short> free_ports(std::size_t count) {
  std::vector<int> sockets;
  std::vector<unsigned short> ports;
  int why = 0;
  while (ports.size() < count && why == 0) {
    sockets.push_back(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(sockets.back(), reinterpret_cast<sockaddr*>(&at), size) != 0 ||
        ::getsockname(sockets.back(), reinterpret_cast<sockaddr*>(&at), &size) != 0)
      why = errno;
    ports.push_back(ntohs(at.sin_port));
  }
  for (int const s : sockets) ::close(s);
  if (why != 0) throw std::system_error{why, std::generic_category(), "bind"};
  return ports;
}

inline unsigned short free_port() {
  return free_ports(1).front();
}

}  // namespace figures

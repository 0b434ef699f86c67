#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

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

/// A TCP port of the loopback interface that nobody listens on.
inline unsigned short free_port() {
  int const s = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  bool const good = ::bind(s, reinterpret_cast<sockaddr*>(&at), size) == 0 &&
                    ::getsockname(s, reinterpret_cast<sockaddr*>(&at), &size) == 0;
  int const why = errno;
  ::close(s);
  if (!good) throw std::system_error{why, std::generic_category(), "bind"};
  return ntohs(at.sin_port);
}

}  // namespace figures

#include "support/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ostream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace support {
namespace {

[[noreturn]] void throw_errno(const std::string& what, int number = errno) {
  throw std::system_error{number, std::generic_category(), what};
}

struct pipe_ends {
  int read;
  int write;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("pipe2");
  ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);  // a child that nobody listens to for a while should not block
  return {ends[0], ends[1]};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> our_environment_with(std::vector<std::string> added) {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    std::string_view const text{*variable};
    std::string_view const name = text.substr(0, text.find('=') + 1);
    if (std::none_of(added.begin(), added.end(), [&](const std::string& a) { return a.starts_with(name); }))
      added.emplace_back(text);
  }
  return added;
}

class file_actions {
 public:
  file_actions() { ::posix_spawn_file_actions_init(&actions_); }
  ~file_actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  file_actions(const file_actions&) = delete;
  file_actions& operator=(const file_actions&) = delete;
  void duplicate(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// Children start with no signal blocked or ignored, whatever the test has done.
class clean_signals {
 public:
  clean_signals() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~clean_signals() { ::posix_spawnattr_destroy(&attributes_); }
  clean_signals(const clean_signals&) = delete;
  clean_signals& operator=(const clean_signals&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

}  // namespace

std::filesystem::path program(std::string_view name) {
  return std::filesystem::path{SNOW_TEST_PROGRAMS} / name;
}

std::filesystem::path peer_program(std::string_view name) {
  std::filesystem::path const peers{SNOW_PEER_PROGRAMS};
  return peers.empty() ? program(name) : peers / name;
}

std::ostream& operator<<(std::ostream& out, const ending& e) {
  if (e.code) return out << "exited with " << *e.code;
  if (e.signal) return out << "killed by signal " << *e.signal;
  return out << "not ended";
}

process::descriptor::descriptor(descriptor&& from) noexcept : fd_{std::exchange(from.fd_, -1)} {}

process::descriptor& process::descriptor::operator=(descriptor&& from) noexcept {
  std::swap(fd_, from.fd_);
  return *this;
}

void process::descriptor::reset() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

process::process(const std::filesystem::path& program, std::vector<std::string> arguments,
                 std::vector<std::string> environment)
    : name_{program.filename()} {
  if (::access(program.c_str(), X_OK) != 0) throw_errno("cannot run " + program.string());

  std::signal(SIGPIPE, SIG_IGN);  // a child that does not read is an error of `write`

  pipe_ends const input = make_pipe();
  descriptor input_of_child{input.read};
  input_ = descriptor{input.write};
  pipe_ends const output = make_pipe();
  descriptor output_of_child{output.write};
  output_ = {descriptor{output.read}, "output", {}, {}, {}};
  pipe_ends const errors = make_pipe();
  descriptor errors_of_child{errors.write};
  errors_ = {descriptor{errors.read}, "error output", {}, {}, {}};
  for (int const fd : {input.write, output.read, errors.read}) ::fcntl(fd, F_SETFL, O_NONBLOCK);

  file_actions actions;
  actions.duplicate(input.read, STDIN_FILENO);
  actions.duplicate(output.write, STDOUT_FILENO);
  actions.duplicate(errors.write, STDERR_FILENO);
  clean_signals const attributes;

  // setpriv (util-linux) becomes the program; the kernel ends it should this test be killed.
  std::vector<std::string> words{"setpriv", "--pdeathsig", "KILL", "--", program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = our_environment_with(std::move(environment));
  int const failure = ::posix_spawnp(&id_, "setpriv", actions.get(), attributes.get(),
                                     pointers_to(words).data(), pointers_to(variables).data());
  if (failure != 0) throw_errno("cannot run setpriv for " + name_, failure);

  handle_ = descriptor{static_cast<int>(::syscall(SYS_pidfd_open, id_, 0))};
  if (handle_.get() < 0) {
    int const number = errno;
    kill_and_reap();
    throw_errno("pidfd_open", number);
  }
}

process::~process() {
  kill_and_reap();
}

process::process(process&& from) noexcept
    : name_{std::move(from.name_)},
      id_{std::exchange(from.id_, -1)},
      handle_{std::move(from.handle_)},
      input_{std::move(from.input_)},
      output_{std::move(from.output_)},
      errors_{std::move(from.errors_)},
      ending_{from.ending_} {}

process& process::operator=(process&& from) noexcept {
  process old{std::move(*this)};
  name_ = std::move(from.name_);
  id_ = std::exchange(from.id_, -1);
  handle_ = std::move(from.handle_);
  input_ = std::move(from.input_);
  output_ = std::move(from.output_);
  errors_ = std::move(from.errors_);
  ending_ = from.ending_;
  return *this;
}

std::optional<std::string> process::line(std::chrono::milliseconds at_most) {
  return next(output_, std::chrono::steady_clock::now() + at_most);
}

std::string process::line_with(std::string_view text, std::chrono::milliseconds at_most) {
  return next_with(output_, text, std::chrono::steady_clock::now() + at_most);
}

std::optional<std::string> process::error_line(std::chrono::milliseconds at_most) {
  return next(errors_, std::chrono::steady_clock::now() + at_most);
}

std::string process::error_line_with(std::string_view text, std::chrono::milliseconds at_most) {
  return next_with(errors_, text, std::chrono::steady_clock::now() + at_most);
}

void process::write(std::string_view text) {
  deadline const until = std::chrono::steady_clock::now() + patience;
  while (!text.empty()) {
    ssize_t const count = ::write(input_.get(), text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      if (std::chrono::steady_clock::now() > until) fail("does not read its input");
      pollfd writable{input_.get(), POLLOUT, 0};
      ::poll(&writable, 1, 1000);
    } else if (errno != EINTR) {
      throw_errno("input of " + name_);
    }
  }
}

void process::close_input() {
  input_.reset();
}

void process::signal(int number) {
  if (ending_) fail("has ended, and cannot be signalled");
  if (::kill(id_, number) != 0) throw_errno("kill " + name_);
}

ending process::wait(std::chrono::milliseconds at_most) {
  deadline const until = std::chrono::steady_clock::now() + at_most;
  if (!ending_) {
    while (!wait_for_events(until, true, "to end")) {
    }
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    ending_ = WIFSIGNALED(status) ? killed_by(WTERMSIG(status)) : exited(WEXITSTATUS(status));
  }
  return *ending_;
}

std::optional<std::string> process::next(stream& from, deadline until) {
  while (from.unread.empty() && from.fd.get() >= 0) wait_for_events(until, false, "for a line");
  if (from.unread.empty()) return std::nullopt;
  std::string first = std::move(from.unread.front());
  from.unread.pop_front();
  return first;
}

std::string process::next_with(stream& from, std::string_view text, deadline until) {
  while (std::optional<std::string> candidate = next(from, until))
    if (candidate->find(text) != std::string::npos) return *std::move(candidate);
  fail("closed its " + from.name + " without a line that contains '" + std::string{text} + "'");
}

bool process::wait_for_events(deadline until, bool for_its_end, std::string_view what_for) {
  auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  if (left.count() <= 0) fail("was waited for in vain " + std::string{what_for});
  // A negative descriptor is passed over by poll.
  std::array<pollfd, 3> events{pollfd{output_.fd.get(), POLLIN, 0}, pollfd{errors_.fd.get(), POLLIN, 0},
                               pollfd{for_its_end ? handle_.get() : -1, POLLIN, 0}};
  if (::poll(events.data(), events.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
    throw_errno("poll");
  if (events[0].revents != 0) output_.take_in();
  if (events[1].revents != 0) errors_.take_in();
  return events[2].revents != 0;
}

void process::stream::take_in() {
  std::array<char, 4096> buffer;
  ssize_t const count = ::read(fd.get(), buffer.data(), buffer.size());
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    throw_errno("read");
  }
  if (count == 0) {
    if (!partial.empty()) unread.push_back(std::exchange(partial, {}));
    fd.reset();
    return;
  }
  std::string_view const text{buffer.data(), static_cast<std::size_t>(count)};
  everything += text;
  for (char const c : text) {
    if (c == '\n')
      unread.push_back(std::exchange(partial, {}));
    else
      partial += c;
  }
}

void process::fail(std::string_view what) const {
  throw std::runtime_error{name_ + " (process " + std::to_string(id_) + ") " + std::string{what} +
                           "\n--- its output:\n" + output_.everything + "\n--- its error output:\n" +
                           errors_.everything};
}

void process::kill_and_reap() noexcept {
  if (id_ < 0 || ending_) return;
  ::kill(id_, SIGKILL);
  while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

reserved_port::reserved_port() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  if (fd_ < 0) throw_errno("socket");
  int const on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd_, generic, size) != 0 || ::getsockname(fd_, generic, &size) != 0) {
    int const number = errno;
    ::close(fd_);
    throw_errno("cannot reserve a port", number);
  }
  number_ = ntohs(address.sin_port);
}

reserved_port::~reserved_port() {
  if (fd_ >= 0) ::close(fd_);
}

reserved_port::reserved_port(reserved_port&& from) noexcept
    : fd_{std::exchange(from.fd_, -1)}, number_{from.number_} {}

std::string reserved_port::node_name(std::string_view id) const {
  return std::string{id} + "@127.0.0.1:" + std::to_string(number_);
}

}  // namespace support

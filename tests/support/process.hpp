#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <deque>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Programs as children of a test: started, listened to, signalled and waited for. Nothing here sleeps; every
/// wait is for an event, and ends with an exception that tells what the child had said when `patience` is
/// over.
namespace support {

/// Long enough for a busy machine under a sanitizer; a test that waits this long has failed.
inline constexpr std::chrono::seconds patience{60};

/// The path of `tests/processes/programs/<name>.cpp`, built.
std::filesystem::path program(std::string_view name);

/// The same, built by another compiler where the build was told of such a one (`SNOW_PEER_PROGRAMS`),
/// otherwise `program(name)`.
std::filesystem::path peer_program(std::string_view name);

/// How a child ended.
struct ending {
  std::optional<int> code;    ///< what it exited with
  std::optional<int> signal;  ///< or the signal that killed it

  friend bool operator==(const ending&, const ending&) = default;
};
inline constexpr ending exited(int code) {
  return {code, {}};
}
inline constexpr ending killed_by(int signal) {
  return {{}, signal};
}
std::ostream& operator<<(std::ostream& out, const ending& e);

/// A running program. Its destructor kills it (SIGKILL) and takes its remains; it dies with the thread that
/// made it, also when that is killed. Not thread-safe.
class process {
 public:
  /// Throws `std::system_error` if the program cannot be started. `environment` ("NAME=value") is added to
  /// ours.
  explicit process(const std::filesystem::path& program, std::vector<std::string> arguments = {},
                   std::vector<std::string> environment = {});
  ~process();
  process(process&& from) noexcept;
  process& operator=(process&& from) noexcept;

  pid_t id() const noexcept { return id_; }

  /// The next line of its output, without the newline; nothing at its end.
  std::optional<std::string> line(std::chrono::milliseconds at_most = patience);
  /// Skips to the next line of its output that contains `text`, and returns it.
  std::string line_with(std::string_view text, std::chrono::milliseconds at_most = patience);
  /// The same of its error output, where logs go.
  std::optional<std::string> error_line(std::chrono::milliseconds at_most = patience);
  std::string error_line_with(std::string_view text, std::chrono::milliseconds at_most = patience);

  /// Into its standard input. Throws `std::system_error` if nobody reads it any more.
  void write(std::string_view text);
  void close_input();

  /// Throws if it has been waited for.
  void signal(int number);
  void stop() { signal(SIGSTOP); }
  void resume() { signal(SIGCONT); }

  /// Until it has ended. Its remaining lines can still be read.
  ending wait(std::chrono::milliseconds at_most = patience);

 private:
  using deadline = std::chrono::steady_clock::time_point;

  class descriptor {
   public:
    explicit descriptor(int fd = -1) noexcept : fd_{fd} {}
    ~descriptor() { reset(); }
    descriptor(descriptor&& from) noexcept;
    descriptor& operator=(descriptor&& from) noexcept;
    int get() const noexcept { return fd_; }
    void reset() noexcept;

   private:
    int fd_;
  };

  struct stream {
    descriptor fd;
    std::string name;
    std::string partial;             // of the line that is arriving
    std::deque<std::string> unread;  // whole lines
    std::string everything;          // for the message of a failure

    void take_in();
  };

  std::optional<std::string> next(stream& from, deadline until);
  std::string next_with(stream& from, std::string_view text, deadline until);
  /// Takes in what has arrived or waits for more; true once the process has ended, if that is asked for.
  bool wait_for_events(deadline until, bool for_its_end, std::string_view what_for);
  [[noreturn]] void fail(std::string_view what) const;
  void kill_and_reap() noexcept;

  std::string name_;
  pid_t id_ = -1;
  descriptor handle_;  // readable when the process has ended
  descriptor input_;
  stream output_;
  stream errors_;
  std::optional<ending> ending_;
};

/// A TCP port of 127.0.0.1 that nobody else gets while this object lives: it is bound but not listened on, so
/// that a child that sets SO_REUSEADDR, as Asio's acceptors do, can listen there.
class reserved_port {
 public:
  reserved_port();
  ~reserved_port();
  reserved_port(reserved_port&& from) noexcept;
  reserved_port& operator=(reserved_port&&) = delete;

  int number() const noexcept { return number_; }
  /// "<id>@127.0.0.1:<number>"
  std::string node_name(std::string_view id) const;

 private:
  int fd_;
  int number_;
};

}  // namespace support

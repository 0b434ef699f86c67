// measure <program> <argument>...: runs it and prints the processor seconds and the megabytes at its peak
// that it and its children took.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

int main(int count, char** arguments) {
  pid_t child = 0;
  if (count < 2 || ::posix_spawnp(&child, arguments[1], nullptr, nullptr, arguments + 1, environ) != 0)
    return 127;
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child) return 127;
  auto const seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  std::printf("%.2f %ld\n", seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss / 1024);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

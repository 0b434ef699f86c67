#include "snow/node/offload_pool.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <iterator>
#include <set>

#include "support/catch.hpp"

namespace offload_pool_test {

namespace {

struct call : snow::job {
  explicit call(std::function<void()> what) : f{std::move(what)} {
    run = [](snow::job& j) { static_cast<call&>(j).f(); };
  }
  std::function<void()> f;
};

}  // namespace

TEST_CASE("the pool runs all that was submitted, in order when it has one thread") {
  std::vector<int> seen;
  std::deque<call> calls;
  {
    snow::offload_pool pool{1};
    for (int i = 0; i < 100; ++i) pool.submit(calls.emplace_back([&seen, i] { seen.push_back(i); }));
  }
  REQUIRE(seen.size() == 100);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("the pool grows while all its threads are busy, and stops growing at its bound") {
  std::mutex mutex;
  std::condition_variable all;
  int blocked = 0;
  std::set<std::thread::id> threads;
  std::deque<call> calls;
  snow::offload_pool pool{3};
  // Three that wait for each other need three threads.
  for (int i = 0; i < 3; ++i)
    pool.submit(calls.emplace_back([&] {
      std::unique_lock lock{mutex};
      threads.insert(std::this_thread::get_id());
      if (++blocked == 3) all.notify_all();
      all.wait(lock, [&] { return blocked >= 3; });
    }));
  for (int i = 0; i < 30; ++i)
    pool.submit(calls.emplace_back([&] {
      std::lock_guard const lock{mutex};
      threads.insert(std::this_thread::get_id());
      ++blocked;
      all.notify_all();
    }));
  std::unique_lock lock{mutex};
  all.wait(lock, [&] { return blocked == 33; });
  CHECK(threads.size() == 3);
}

TEST_CASE("a thread that the system refuses is done without") {
  if (geteuid() != 0) return;  // the limit counts all processes of a user; of this one there are none
  pid_t const child = fork();
  if (child == 0) {
    std::thread{[] {}}.join();  // with the first thread of all ThreadSanitizer starts one of its own
    // This thread, those of a sanitizer, and one more.
    auto const own = std::distance(std::filesystem::directory_iterator{"/proc/self/task"}, {});
    rlimit const one_more{static_cast<rlim_t>(own) + 1, static_cast<rlim_t>(own) + 1};
    if (setrlimit(RLIMIT_NPROC, &one_more) != 0 || setuid(65533) != 0) _exit(3);
    std::atomic<int> run = 0;
    std::deque<call> calls;
    try {
      snow::offload_pool pool{8};
      for (int i = 0; i < 100; ++i) pool.submit(calls.emplace_back([&] { ++run; }));
    } catch (...) {
      _exit(2);
    }
    _exit(run == 100 ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace offload_pool_test

// Counts the words of all files under a directory, on as many nodes as you like.
//
//   wordcount worker --name w1@127.0.0.1:4101
//   wordcount count DIR --worker w1@127.0.0.1:4101 --worker w2@127.0.0.1:4102
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "counting.hpp"

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto cookie = "only-for-this-example";
constexpr std::uint64_t batch_bytes = 2 << 20;
enum exit_code { done = 0, bad_directory = 2, bad_address = 3, no_workers = 4 };

struct options {
  std::string directory, name = "coordinator@127.0.0.1:4100", json, words;
  std::vector<std::string> workers;
  int kill_at_half = 0;  // the process id of a worker, to show that its share is done again
};

struct batch {
  std::vector<std::string> paths;
  std::uint64_t bytes = 0;
};

// What the foremen tell the coordinator.
struct wants_work { using reply_type = std::optional<batch>; std::string worker; };
struct batch_done { std::string worker; counted result; std::uint64_t bytes = 0; };
struct batch_lost { std::string worker; batch what; std::string why; };

// One for each worker: hands it batch after batch. When the worker is lost, its batch goes back.
snow::actor foreman(snow::context& self, snow::pid coordinator, std::string worker) {
  try {
    auto peer = co_await self.node().connect(worker);
    for (;;) {
      auto work = co_await self.ask<wants_work>(coordinator, worker).within(1h);
      if (!work) co_return;
      auto const failed = [&](const snow::error& e) { self.send<batch_lost>(coordinator, worker, *work, e.what()); };
      auto result = co_await snow::as_result(peer.call<count_files>(work->paths).within(2min));
      if (!result) {
        failed(result.error());
        co_return;
      }
      self.send<batch_done>(coordinator, worker, *result, work->bytes);
    }
  } catch (const snow::error& e) {
    batch const none;
    self.send<batch_lost>(coordinator, worker, none, e.what());
  }
}

struct share { std::uint64_t batches = 0, files = 0, bytes = 0; bool lost = false; };

// Lists the files, gives them out, adds up what comes back.
struct job {
  std::deque<batch> todo;
  std::uint64_t all_bytes = 0, done_bytes = 0, under_way = 0;
  counted total;
  std::map<std::string, share> shares;
};

job list_files(const std::string& directory) {
  job j;
  std::vector<std::pair<std::string, std::uint64_t>> files;
  std::error_code ec;
  for (fs::recursive_directory_iterator it{directory, fs::directory_options::skip_permission_denied, ec}, end;
       !ec && it != end; it.increment(ec)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored) && !it->is_symlink(ignored))
      files.emplace_back(it->path().string(), it->file_size(ignored));
  }
  std::sort(files.begin(), files.end());
  for (auto const& [path, bytes] : files) {
    if (j.todo.empty() || j.todo.back().bytes >= batch_bytes) j.todo.emplace_back();
    j.todo.back().paths.push_back(path);
    j.todo.back().bytes += bytes;
    j.all_bytes += bytes;
  }
  return j;
}

void show_progress(const job& j, bool last) {
  static int shown = -1;
  int const percent = j.all_bytes == 0 ? 100 : static_cast<int>(100 * j.done_bytes / j.all_bytes);
  if (::isatty(STDERR_FILENO) != 0) {
    fmt::print(stderr, "\r[{:<50}] {:3}%{}", std::string(static_cast<std::size_t>(percent) / 2, '#'), percent, last ? "\n" : "");
  } else if (percent / 10 != shown) {
    fmt::print(stderr, "{}% of {} bytes\n", percent, j.all_bytes);
    shown = percent / 10;
  }
}

void merge(counted& into, counted&& part) {
  for (auto const& [word, n] : part.words) into.words[word] += n;
  into.files += part.files;
  into.bytes += part.bytes;
  into.unreadable.insert(into.unreadable.end(), part.unreadable.begin(), part.unreadable.end());
  into.binary.insert(into.binary.end(), part.binary.begin(), part.binary.end());
}

snow::actor coordinator(snow::context& self, const options* o, job* j) {
  std::map<snow::pid, std::string> foremen;
  for (auto const& worker : o->workers) {
    auto const started = self.spawn_monitor<foreman>(self.id(), worker);
    foremen.emplace(started.pid, worker);
    j->shares[worker];
  }
  std::deque<snow::reply_to<std::optional<batch>>> waiting;  // foremen for whom there is nothing to do yet
  auto const give_out = [&] {
    for (; !waiting.empty() && !j->todo.empty(); waiting.pop_front(), ++j->under_way) {
      waiting.front()(std::move(j->todo.front()));
      j->todo.pop_front();
    }
    if (j->todo.empty() && j->under_way == 0)
      for (; !waiting.empty(); waiting.pop_front()) waiting.front()(std::nullopt);
  };
  auto kill_at_half = o->kill_at_half;
  while (!foremen.empty()) {
    co_await self.receive(
        [&](wants_work, snow::reply_to<std::optional<batch>> answer) { waiting.push_back(std::move(answer)); },
        [&](batch_done d) {
          --j->under_way;
          j->done_bytes += d.bytes;
          auto& mine = j->shares[d.worker];
          ++mine.batches;
          mine.files += d.result.files;
          mine.bytes += d.result.bytes;
          merge(j->total, std::move(d.result));
          if (kill_at_half != 0 && 2 * j->done_bytes > j->all_bytes) ::kill(std::exchange(kill_at_half, 0), SIGKILL);
        },
        [&](batch_lost l) {
          if (!l.what.paths.empty()) --j->under_way, j->todo.push_front(std::move(l.what));
          j->shares[l.worker].lost = true;
          fmt::print(stderr, "\nlost {}: {}; the others do its share\n", l.worker, l.why);
        },
        [&](snow::down d) { foremen.erase(d.pid); });
    give_out();
    show_progress(*j, foremen.empty());
  }
}

int report(const options& o, const job& j, double seconds) {
  std::vector<std::pair<std::string, std::uint64_t>> top{j.total.words.begin(), j.total.words.end()};
  std::stable_sort(top.begin(), top.end(), [](auto const& a, auto const& b) { return a.second > b.second; });
  if (top.size() > 20) top.resize(20);
  double const speed = static_cast<double>(j.total.bytes) / 1e6 / seconds;
  for (auto const& [word, n] : top) fmt::print("{:>12}  {}\n", n, word);
  fmt::print("{} different words in {} files, {} bytes, {:.2f} s, {:.1f} MB/s\n", j.total.words.size(), j.total.files,
             j.total.bytes, seconds, speed);
  for (auto const& [worker, s] : j.shares)
    fmt::print("{}: {} batches, {} files, {} bytes{}\n", worker, s.batches, s.files, s.bytes, s.lost ? ", lost" : "");
  for (auto const& path : j.total.unreadable) fmt::print(stderr, "not readable, left out: {}\n", path);
  if (!j.total.binary.empty()) fmt::print("{} binary files left out\n", j.total.binary.size());
  if (!o.words.empty()) {
    std::ofstream out{o.words};
    for (auto const& [word, n] : j.total.words) out << word << ' ' << n << '\n';
  }
  if (!o.json.empty()) {
    nlohmann::json out{{"files", j.total.files}, {"bytes", j.total.bytes}, {"seconds", seconds}, {"mb_per_second", speed}};
    for (auto const& [word, n] : top) out["top"].push_back({{"word", word}, {"count", n}});
    for (auto const& [worker, s] : j.shares)
      out["workers"].push_back({{"name", worker}, {"batches", s.batches}, {"files", s.files}, {"bytes", s.bytes}, {"lost", s.lost}});
    std::ofstream{o.json} << out.dump(2) << '\n';
  }
  if (j.todo.empty() && j.under_way == 0) return done;
  fmt::print(stderr, "not all was counted: no worker is left\n");
  return no_workers;
}

int main(int argc, char** argv) {
  CLI::App cli{"Counts words on many nodes"};
  options o;
  auto* const worker = cli.add_subcommand("worker", "serve until SIGTERM");
  worker->add_option("--name", o.name, "id@host:port")->required();
  auto* const count = cli.add_subcommand("count", "count the words of every regular file under a directory");
  count->add_option("directory", o.directory)->required();
  count->add_option("--worker", o.workers, "name of a worker; repeat")->required();
  count->add_option("--name", o.name, "id@host:port");
  count->add_option("--json", o.json, "file for the result");
  count->add_option("--words", o.words, "file for the count of every word");
  count->add_option("--kill-at-half", o.kill_at_half, "process id of a worker to kill in the middle");
  cli.require_subcommand(1);
  CLI11_PARSE(cli, argc, argv);
  try {
    snow::node node{{.name = o.name, .cookie = cookie}};
    if (*worker) return node.serve();
    if (!fs::is_directory(o.directory)) {
      fmt::print(stderr, "no such directory: {}\n", o.directory);
      return bad_directory;
    }
    auto j = list_files(o.directory);
    if (j.todo.empty()) {
      fmt::print("no regular files under {}\n", o.directory);
      return done;
    }
    auto const begin = std::chrono::steady_clock::now();
    if (int const failed = node.run<coordinator>(&o, &j)) return failed;
    return report(o, j, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  } catch (const snow::error& e) {
    fmt::print(stderr, "wordcount: {}\n", e.what());
    return bad_address;
  }
}

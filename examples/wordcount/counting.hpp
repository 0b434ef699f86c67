// What the coordinator and the workers both know: the function that counts, and what it returns.
#pragma once
#include <snow/actor.hpp>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

struct counted {
  std::map<std::string, std::uint64_t> words;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> unreadable;  // left out, and reported
  std::vector<std::string> binary;
};

// A word is a run of ASCII letters, digits and underscores. A file with a zero byte is binary.
inline void count_text(const std::string& text, std::map<std::string, std::uint64_t>& words) {
  auto const in_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t const begin = i;
    while (i < text.size() && in_word(text[i])) ++i;
    if (i > begin) ++words[text.substr(begin, i - begin)];
    else ++i;
  }
}

inline counted count_now(const std::vector<std::string>& paths) {
  counted all;
  for (auto const& path : paths) {
    std::ifstream file{path, std::ios::binary};
    std::string const text{std::istreambuf_iterator<char>{file}, {}};
    if (!file) {
      all.unreadable.push_back(path);
    } else if (text.find('\0') != std::string::npos) {
      all.binary.push_back(path);
    } else {
      count_text(text, all.words);
      ++all.files;
      all.bytes += text.size();
    }
  }
  return all;
}

// Runs on a worker, started by the coordinator. Reading files blocks, so it goes to the node's pool for that, and
// the worker node goes on answering meanwhile.
inline snow::task<counted> count_files(snow::context& self, std::vector<std::string> paths) {
  auto const work = [&paths] { return count_now(paths); };
  co_return co_await self.blocking(work);
}
SNOW_REGISTER(count_files);

// Counts the words under a directory on its own, without snow, and compares with what `wordcount --words` wrote.
//   wordcount_verify DIR WORDS
#include <cctype>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <unordered_map>

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: %s DIR WORDS\n", argv[0]), 2;
  std::unordered_map<std::string, long long> mine;
  std::error_code ec;
  using walk = std::filesystem::recursive_directory_iterator;
  for (walk it{argv[1], std::filesystem::directory_options::skip_permission_denied, ec}; it != walk{}; it.increment(ec)) {
    auto const status = it->symlink_status(ec);
    if (!std::filesystem::is_regular_file(status)) continue;
    std::FILE* const f = std::fopen(it->path().c_str(), "rb");
    if (!f) continue;
    std::string text;
    char block[65536];
    for (std::size_t n; (n = std::fread(block, 1, sizeof block, f)) > 0;) text.append(block, n);
    std::fclose(f);
    if (std::memchr(text.data(), 0, text.size())) continue;
    std::string word;
    for (char const byte : text + '\n') {
      auto const c = static_cast<unsigned char>(byte);
      if ((c < 128 && std::isalnum(c) != 0) || c == '_') {
        word += static_cast<char>(c);
      } else if (!word.empty()) {
        ++mine[word];
        word.clear();
      }
    }
  }
  std::ifstream theirs{argv[2]};
  std::size_t wrong = 0, words = 0;
  std::string word;
  for (long long n = 0; theirs >> word >> n; ++words) {
    auto const it = mine.find(word);
    long long const expected = it == mine.end() ? 0 : it->second;
    if (expected != n && ++wrong <= 10) std::printf("%s: %lld, should be %lld\n", word.c_str(), n, expected);
    if (it != mine.end()) mine.erase(it);
  }
  for (auto const& [missing, n] : mine)
    if (++wrong <= 10) std::printf("%s: missing, should be %lld\n", missing.c_str(), n);
  if (wrong != 0) return std::printf("%zu of %zu words differ\n", wrong, words), 1;
  std::printf("verified: %zu words, all alike\n", words);
  return 0;
}

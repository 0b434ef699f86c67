// A class whose fields nobody can tell, deep within a message.
// EXPECT: snow: this class is no aggregate: make it one, or specialise snow::codec for it
#include <snow/codec.hpp>

#include <map>
#include <string>

class secret {
 public:
  explicit secret(int n) : n_{n} {}

 private:
  int n_;
};
struct inner {
#ifdef SNOW_MUST_FAIL
  std::map<int, secret> secrets;
#else
  std::map<int, std::string> secrets;
#endif
};
struct message {
  inner one;
};

snow::byte_buffer bytes_of(const message& m) { return snow::encode(m); }

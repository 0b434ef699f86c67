#include <snow/base.hpp>

int main() {
  return snow::to_string(snow::errc::normal) == "normal" ? 0 : 1;
}

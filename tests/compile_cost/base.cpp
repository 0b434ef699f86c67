// What the quickstart is measured against.
#include <fmt/core.h>

#include <asio.hpp>

int main() {
  asio::io_context context;
  fmt::print("{}\n", context.run());
}

// Starts a child, prints its process id, and waits to be killed.
#include <iostream>

#include "support/process.hpp"

int main() {
  support::process child{"/bin/sh", {"-c", "read forever"}};
  std::cout << child.id() << std::endl;
  child.wait(std::chrono::hours{1});
}

#include "counting.hpp"
int main() {
  snow::node node{{.name = "b@127.0.0.1:4001", .cookie = "only-for-this-example"}};
  return node.serve();                                     // until SIGINT/SIGTERM or node.stop(); then drains and exits 0
}

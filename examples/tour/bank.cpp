// The second part of docs/tour.md: a node that serves.
#include "account.hpp"

int main() {
  snow::node node{{.name = "bank@127.0.0.1:4021", .cookie = "only-for-this-example"}};
  return node.serve();
}

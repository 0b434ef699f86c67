// The rows that CAF has too, under the names of snow's.
#include "rows.hpp"

int main(int argc, char** argv) {
  auto rows = local_rows();
  for (auto& each : remote_rows()) rows.push_back(std::move(each));
  return figures::run(argc, argv, rows);
}

#include "everything.hpp"

const std::error_category* category_in_the_other_unit();

int main() {
  return &snow::error_category() == category_in_the_other_unit() ? 0 : 1;
}

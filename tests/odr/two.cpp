#include "everything_backwards.hpp"

const std::error_category* category_in_the_other_unit();

const std::error_category* category_in_the_other_unit() {
  return &snow::error_category();
}

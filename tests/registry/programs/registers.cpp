// registers <name>=<count>...: whether the program has these functions, registered so many times, and no
// others.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "everywhere.hpp"

// Before the initialisers of this unit are all done, and in whatever order the units come: the registry is
// there.
static const bool found_before_main = bool{snow::find_function("shop::everywhere")};

int main(int argc, char** argv) {
  std::vector<std::string> expected(argv + 1, argv + argc), found;
  for (auto const& f : snow::functions()) {
    found.push_back(f.name + "=" + std::to_string(f.registrations));
    if (!snow::find_function(f.name)) std::printf("%s is listed and not found\n", f.name.c_str());
  }
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  if (found == expected && found_before_main && snow::registry_conflicts().empty()) return 0;
  for (auto const& text : found) std::printf("%s\n", text.c_str());
  for (auto const& conflict : snow::registry_conflicts()) std::printf("%s\n", conflict.to_string().c_str());
  return 1;
}

// Who can be named in rules: in a user namespace that maps one user only, as `unshare -Ur` makes it, the kernel takes
// the numbers of no others.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

namespace ferrule::test {

inline bool other_users_exist() {
  std::ifstream map("/proc/self/uid_map");
  uint64_t count = 0;
  for (uint64_t inside = 0, outside = 0, length = 0; map >> inside >> outside >> length;) count += length;
  return count > 1;
}

// `rules` with every number above 0 after --uid-owner and --gid-owner made 0, where there are no others.
std::string with_existing_users(std::string rules);

}  // namespace ferrule::test

// Numbers that cannot be guessed: to begin sequence numbers with, and to seed hashes of what others have written.
#pragma once

#include <cstdint>

#include "kernel/system.hpp"

namespace ferrule::kernel {

// 0 where the kernel has none to give, which is so before Linux 3.17 only.
inline uint64_t random_number(System& system = real_system()) {
  uint64_t number = 0;
  if (system.getrandom(&number, sizeof number) != sizeof number) number = 0;
  return number;
}

}  // namespace ferrule::kernel

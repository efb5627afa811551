// How long a stress test runs.
#pragma once

#include <chrono>
#include <cstdlib>

namespace ferrule::test {

// FERRULE_STRESS_SECONDS, or two seconds.
inline std::chrono::seconds stress_duration() {
  const char* seconds = std::getenv("FERRULE_STRESS_SECONDS");
  return std::chrono::seconds(seconds == nullptr ? 2 : std::atoi(seconds));
}

}  // namespace ferrule::test

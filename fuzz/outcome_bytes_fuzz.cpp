// What a process that did a commit tells about it. Input: its bytes. What can be read is what was written, and is
// written the same way again.
#include <cstdlib>
#include <string_view>

#include "engine/outcome_bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto outcome = ferrule::engine::outcome_of(bytes);
  if (outcome && ferrule::engine::to_bytes(*outcome) != bytes) std::abort();
  return 0;
}

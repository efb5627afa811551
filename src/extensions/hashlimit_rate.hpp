// Rates and bursts of hashlimit: their text, and the numbers that stand for them in the kernel.
//
// A packet rate is stored as the time between two packets (see rates.hpp). A byte rate is counted in blocks of 16 bytes
// and stored as 2^32 / blocks, its burst as a multiple of the rate.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "extensions/text.hpp"

namespace ferrule::ext {

struct HashlimitRate {
  bool in_bytes = false;
  uint64_t amount = 0;  // packets in `seconds`, or bytes a second
  uint64_t seconds = 1;
};

// "10/min", "10" (a second), "512kb/s". Nothing where it is no rate; never an amount of 0.
std::optional<HashlimitRate> parse_hashlimit_rate(std::string_view text);

struct HashlimitBurst {
  bool in_bytes = false;  // written with b, kb or mb
  uint64_t amount = 0;
};

// "5", "1mb"
std::optional<HashlimitBurst> parse_hashlimit_burst(std::string_view text);

inline constexpr uint64_t kMaxByteRate = uint64_t{0xfffffffe} << 4;
// At most kMaxByteRate.
uint64_t bytes_to_cost(uint64_t bytes_per_second);
uint64_t cost_to_bytes(uint64_t cost);

// ` 512kb/s`, in the largest unit that says it as exactly as the kernel has it.
void print_byte_rate(uint64_t cost, Text& out);

// ` 1mb` in the largest unit of which there is one; what is left over goes unsaid.
void print_byte_burst(uint64_t bytes, Text& out);

}  // namespace ferrule::ext

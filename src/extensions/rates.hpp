// Packet rates, `N/second|minute|hour|day`: kept as the time between two packets in fractions of a second.
#pragma once

#include <cstdint>
#include <string_view>

#include "extensions/text.hpp"
#include "ferrule/error.hpp"

namespace ferrule::ext {

// `N[/UNIT]` → period between packets in 1/`scale` seconds. The unit may be shortened; without one it is a second.
Result<uint32_t> parse_rate(std::string_view text, uint32_t scale);

// The length of a unit of time in seconds, or 0 where `typed` is not even the beginning of one.
uint32_t rate_unit(std::string_view typed);

// Whether a rate begins with a number below 0, which iptables finds too large.
bool is_negative_rate(std::string_view text);

// ` N/sec|min|hour|day` in the coarsest unit that says it without too great a rounding. Returns the length of that unit
// in seconds, 0 where the rate has none because it is infinite.
uint32_t print_rate(uint64_t period, uint32_t scale, Text& out);

}  // namespace ferrule::ext

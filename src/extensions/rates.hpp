// Packet rates, `N/second|minute|hour|day`: kept as the time between two packets in fractions of a second.
#pragma once

#include <cstdint>
#include <string_view>

#include "extensions/text.hpp"
#include "ferrule/error.hpp"

namespace ferrule::ext {

// `N[/UNIT]` → period between packets in 1/`scale` seconds. The unit may be shortened; without one it is a second.
Result<uint32_t> parse_rate(std::string_view text, uint32_t scale);

// ` N/sec|min|hour|day` in the coarsest unit that says it without too great a rounding.
void print_rate(uint32_t period, uint32_t scale, Text& out);

}  // namespace ferrule::ext

// take_counter: a counter as iptables reads one: a decimal number that may have a sign, wraps below zero, and stops at
// 2^64-1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ferrule::text {

// Takes it off the beginning of `text`; nothing where there is none.
std::optional<uint64_t> take_counter(std::string_view& text);

}  // namespace ferrule::text

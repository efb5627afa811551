// Payloads in hex, with runs of zeros shortened, as people can compare them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"

namespace ferrule::test {

// "0a00ff 0*5 01": hex, where three zero bytes or more are `0*COUNT`.
std::string payload_text(std::span<const std::byte> payload);

// "NAME rREVISION PAYLOAD" of each match of the rule, with " | " between them.
std::string matches_text(const Rule& rule);

// The rule that `-A CHAIN …`, words separated by single blanks, makes; no names are looked up. Throws where it makes
// none.
Rule rule_of(Family family, std::string_view command);
// The error of a command that is refused. Throws where it is not.
Error error_of(Family family, std::string_view command);

}  // namespace ferrule::test

// Where ferrule differs from iptables 1.8.9 on purpose, each with its reason; docs/known-differences.md tells people.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "ferrule/types.hpp"
#include "oracle/case_file.hpp"

namespace ferrule::test {

struct KnownDifference {
  std::string_view rule;           // as it stands in the case file, less `-t TABLE`
  std::optional<Flavour> flavour;  // absent: both
  std::optional<Family> family;    // absent: both
  std::string_view our_text;  // the rule as `ferrule save` prints it after ferrule wrote it; empty: ferrule refuses it
  std::string_view reason;
};

std::span<const KnownDifference> known_differences();

// Input of the malformed corpus that the real tool takes all the same and ferrule refuses.
struct StricterReading {
  std::string_view input;  // its name in malformed_inputs.cpp
  std::string_view reason;
};
std::span<const StricterReading> stricter_readings();

// The entry for a case; null where there is none.
const KnownDifference* find_known_difference(const Case& c, Family family, Flavour flavour);

}  // namespace ferrule::test

// The numbers of a chain's rules, where rules that cannot be shown stand between them.
#pragma once

#include <cstdint>
#include <vector>

#include "ferrule/ruleset.hpp"

namespace ferrule::text {

// One for each of `chain.rules`, from 1, as the kernel counts; `table` says what was left out.
std::vector<uint32_t> rule_numbers(const Table& table, const Chain& chain);

}  // namespace ferrule::text

// fingerprint: rules that are the same_rule have the same one, also where the chain that one jumps to was renamed. A
// search for rules among thousands, again and again, compares these first.
#pragma once

#include <cstdint>

#include "ferrule/rule.hpp"

namespace ferrule::ext {

// Of a rule without attachments; others are compared by what no fingerprint covers. Never 0. `seed` is a number that
// the author of the rules does not know (kernel::random_number): else all of them could have the same fingerprint, and
// each search would compare with every rule. Thread-safe.
uint32_t fingerprint(const Rule& rule, uint64_t seed);

}  // namespace ferrule::ext

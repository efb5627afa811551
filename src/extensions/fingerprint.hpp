// fingerprint: rules that are the same_rule have the same one, also where the chain that one jumps to was renamed. Who
// looks for rules among thousands, again and again, compares these first.
#pragma once

#include <cstdint>

#include "ferrule/rule.hpp"

namespace ferrule::ext {

// Of a rule without attachments; others are compared by what no fingerprint covers. Never 0. Thread-safe.
uint32_t fingerprint(const Rule& rule);

}  // namespace ferrule::ext

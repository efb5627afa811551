// What legacy xtables holds in the calling thread's network namespace, read without instantiating anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "detect/depth.hpp"
#include "detect/modules.hpp"
#include "ferrule/detect.hpp"

namespace ferrule::detect {

LegacyFacts read_legacy_facts(Family family, KernelModules& modules, Depth depth);

// Of struct ipt_getinfo, what counting needs.
struct TableShape {
  uint32_t valid_hooks = 0;     // bit h: there is a base chain on hook h
  uint32_t hook_entry[5] = {};  // offsets of base chains and, at their ends, of their policies
  uint32_t underflow[5] = {};
  uint32_t entry_count = 0;
};

// Counts in `entries`, a table as IPT_SO_GET_ENTRIES gives it. Bytes that are no table give facts with `readable`
// false.
TableFacts count_entries(Family family, TableId table, const TableShape& shape, std::span<const std::byte> entries);

}  // namespace ferrule::detect

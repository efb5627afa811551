// What the kernel holds in a network namespace, byte for byte, in pieces that a test can compare and print. Written
// against the kernel's headers alone, so that it cannot share a mistake with the library.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ferrule/types.hpp"

namespace ferrule::test {

// One table's header, one legacy entry, or one nf_tables object.
struct KernelObject {
  std::string what;   // e.g. "chain filter INPUT"
  std::string bytes;  // less handles and positions, which depend on history
  friend bool operator==(const KernelObject&, const KernelObject&) = default;
};

using KernelState = std::vector<KernelObject>;

// The legacy tables instantiated in the calling thread's namespace, in the kernel's order: of each, SO_GET_INFO and
// each entry of SO_GET_ENTRIES. Creates nothing: tables are found in /proc first.
KernelState legacy_state(Family family);

// Makes all five legacy tables of `family` exist, empty, as any reader of them would.
void instantiate_legacy_tables(Family family);

// The nf_tables tables, chains, sets and rules of `family` in the calling thread's namespace, in dump order.
KernelState nft_state(Family family);

// The generation of the nf_tables ruleset; it grows with every change.
uint32_t nft_generation();

// Names of the instantiated legacy tables, newest first, as /proc has them.
std::string legacy_table_names(Family family);

// A sentence and two dumps about the first place where the states differ; empty when they do not.
std::string first_difference(const KernelState& expected, const KernelState& actual);

}  // namespace ferrule::test

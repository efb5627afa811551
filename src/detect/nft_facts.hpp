// What nf_tables holds in the calling thread's network namespace, read by dumps.
#pragma once

#include "detect/depth.hpp"
#include "detect/modules.hpp"
#include "ferrule/detect.hpp"

namespace ferrule::detect {

// Fills in `facts.ipv4.nft`, `facts.ipv6.nft`, `facts.nft_compat` and `facts.other_nft_tables`.
void read_nft_facts(KernelModules& modules, Depth depth, NamespaceFacts& facts);

}  // namespace ferrule::detect

// What there is in a network namespace: the facts that decisions are made from. Reading them changes nothing, loads no
// module and instantiates no table.
#pragma once

#include "detect/depth.hpp"
#include "detect/modules.hpp"
#include "ferrule/detect.hpp"

namespace ferrule::detect {

// Reads the network namespace that the calling thread is in. Does not fail: what could not be read is a fact too.
NamespaceFacts read_facts(KernelModules& modules, Depth depth = Depth::kDecide);

}  // namespace ferrule::detect

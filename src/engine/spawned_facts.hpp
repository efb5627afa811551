// Facts from binaries, where the kernel may not be asked from here but a binary may: one that a security module lets
// through, say.
#pragma once

#include "detect/inventory.hpp"
#include "ferrule/context.hpp"
#include "ferrule/detect.hpp"
#include "ferrule/ruleset.hpp"

namespace ferrule::engine {

// Runs the `*-save` of each family and backend whose rules `facts` could not read, in the calling thread's namespace,
// and fills in what it tells. The presence of the interface stays what it was: only a binary can use it. What no binary
// tells stays unknown.
void ask_binaries(const detect::Inventory& binaries, const Context& context, NamespaceFacts& facts);

// One table as a binary shows it.
TableFacts facts_of(const Table& table);

}  // namespace ferrule::engine

// From facts to a choice of backend: pure functions, no system calls.
#pragma once

#include <optional>

#include "detect/inventory.hpp"
#include "ferrule/detect.hpp"

namespace ferrule::detect {

struct Wish {
  DetectPolicy policy = DetectPolicy::kRulesFirst;
  // legacy or nft: that one or none. exec: what the policy says, but only through a binary.
  std::optional<BackendKind> forced = {};
  ModuleLoading loading = ModuleLoading::kForbidden;
};

// The choice for both families. An inventory without directories says nothing about binaries; see binaries_matter.
Verdicts decide(const Wish& wish, const NamespaceFacts& facts, const Inventory& inventory);

// Whether verdicts that were made without an inventory could be others with one, or cannot be carried out without one.
// Looking for binaries may mean running them, so it is worth asking first.
bool binaries_matter(const Verdicts& verdicts);

}  // namespace ferrule::detect

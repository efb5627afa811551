#include "detect/facts.hpp"

#include "detect/legacy_facts.hpp"
#include "detect/nft_facts.hpp"

namespace ferrule::detect {

NamespaceFacts read_facts(KernelModules& modules, Depth depth) {
  NamespaceFacts facts;
  facts.ipv4.legacy = read_legacy_facts(Family::ipv4, modules, depth);
  facts.ipv6.legacy = read_legacy_facts(Family::ipv6, modules, depth);
  read_nft_facts(modules, depth, facts);
  if (depth == Depth::kExplain) {
    if (const auto owner = NetNs::current().owner()) facts.owner = *owner;
  }
  return facts;
}

}  // namespace ferrule::detect

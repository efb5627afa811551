// same_expressions: whether two rules are written alike, their counters aside. For rules that say more than iptables
// reads, so that reading them does not tell.
#pragma once

#include "netlink/attributes.hpp"

namespace ferrule::nft {

using netlink::Bytes;

// Payloads of NFTA_RULE_EXPRESSIONS. What iptables-nft does not write is like nothing.
bool same_expressions(Bytes a, Bytes b);

}  // namespace ferrule::nft

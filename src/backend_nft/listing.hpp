// Expressions and batches as text, for tests and for people who look at a plan.
#pragma once

#include <string>

#include "backend_nft/batch.hpp"
#include "netlink/attributes.hpp"

namespace ferrule::nft {

using netlink::Bytes;

// `expressions` is the payload of an NFTA_RULE_EXPRESSIONS. Data is in hexadecimal, as it lies in the register, e.g.
//   payload network+12 4 -> r1
//   cmp r1 eq 0a010203
//   counter 0:0
//   verdict drop
std::string list_expressions(Bytes expressions);

// The messages of a finished batch, one per line and below each rule its expressions, e.g.
//   new chain ip filter INPUT
//   new rule ip filter INPUT
//     payload network+12 4 -> r1
std::string list_messages(const Batch& batch);

}  // namespace ferrule::nft

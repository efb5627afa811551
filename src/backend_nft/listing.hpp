// list_expressions: expressions as text, one per line, for tests and for people who look at a plan.
#pragma once

#include <string>

#include "backend_nft/attributes.hpp"

namespace ferrule::nft {

// `expressions` is the payload of an NFTA_RULE_EXPRESSIONS. Data is in hexadecimal, as it lies in the register, e.g.
//   payload network+12 4 -> r1
//   cmp r1 eq 0a010203
//   counter 0:0
//   verdict drop
std::string list_expressions(Bytes expressions);

}  // namespace ferrule::nft

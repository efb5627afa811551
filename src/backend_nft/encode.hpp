// encode_rule: a rule in the kernel's xtables form → the expressions that iptables-nft 1.8.9 writes for it. Pure.
//
//   rule := [iifname] [oifname] [l4proto] [source] [destination] [fragment] match* counter [target]
//
// Selectors, verdicts, tcp and udp ports and flags, marks, limits, NFLOG and TRACE become native expressions; every
// other match and target is its own payload in a compat expression. Where the bytes of 1.8.9 do not mean what the rule
// says, these do (docs/known-differences.md).
#pragma once

#include <libmnl/libmnl.h>

#include "backend_nft/expression_writer.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "model/entry.hpp"

namespace ferrule::nft {

// No message of `rule` is longer than this, table and chain names included.
size_t message_room(const Rule& rule);

// Appends NFTA_RULE_EXPRESSIONS and NFTA_RULE_COMPAT. The message must have message_room left. Indexes of ipsets must
// be in the payloads already. kInvalidInput for a tcp or udp match without its protocol, kUnsupported for what neither
// iptables-nft can say.
Result<void> encode_rule(const Rule& rule, nlmsghdr* message);

// A match of the kinds that have native expressions; false where this one must be written as a compat expression.
Result<bool> encode_native_match(const model::Part& match, const model::Selectors& selectors, ExpressionWriter& out);

// The same for targets.
bool encode_native_target(const Rule& rule, const model::Part& target, ExpressionWriter& out);

}  // namespace ferrule::nft

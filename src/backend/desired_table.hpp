// What a transaction says of one table, as a state to be in rather than steps to take: Engine::ensure's reading of it.
// Pure, no kernel.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule {

enum class Presence : uint8_t { kUnspecified, kPresent, kAbsent };

enum class Content : uint8_t {
  kContains,  // at least the wanted rules, and none of the unwanted ones
  kExactly,   // the wanted rules in their order
};

// Pointers lead into the transaction.
struct DesiredChain {
  Presence presence = Presence::kUnspecified;
  Content content = Content::kContains;
  std::optional<Policy> policy = {};
  std::vector<const Operation*> wanted = {};    // -A and -I; of an exact chain in the chain's order, else in the text's
  std::vector<const Operation*> unwanted = {};  // -D; only of a chain that is not exact
  const Operation* origin = nullptr;            // what said so first
};

struct DesiredTable {
  Family family = Family::ipv4;
  TableId table = TableId::filter;
  std::string file = {};
  uint32_t commit_line = 0;
  // Chains that are not in `chains`: whether user chains may stay, and what chains that stay hold.
  Presence others = Presence::kUnspecified;
  Content content_of_others = Content::kContains;
  std::map<ChainName, DesiredChain> chains = {};
};

// One for each table that the transaction names, in that order. kInvalidInput, with the line, for an operation that
// says what to do and not what to have: -R, -D by number, -Z, -E and -C. kUnsupported for a rule that is known as text
// only, since whether it is there cannot be told.
Result<std::vector<DesiredTable>> desired_tables(const Transaction& transaction);

}  // namespace ferrule

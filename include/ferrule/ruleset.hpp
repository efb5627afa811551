// Ruleset: what a namespace holds, read from the kernel.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"

#pragma GCC visibility push(default)
namespace ferrule {

struct Chain {
  ChainName name = {};
  std::optional<Hook> hook = {};   // base chains only
  Policy policy = Policy::accept;  // base chains only
  Counters counters = {};          // of the policy; base chains only
  uint32_t references = 0;         // jumps and gotos to it; user chains only
  std::vector<Rule> rules = {};
};

// One table. Base chains come first in hook order, then user chains sorted by name (as strcmp sorts).
struct Table {
  TableId id = TableId::filter;
  std::vector<Chain> chains = {};
  // Things in this table that iptables cannot show and this listing therefore leaves out, one name or sentence each
  // (base chains with a foreign hook or priority, rules with other expressions). Never empty when something is missing.
  std::vector<std::string> foreign = {};
  // True where iptables refuses to list the table at all ("table `x' is incompatible, use 'nft' tool").
  bool incompatible = false;

  const Chain* find(std::string_view chain) const;
};

// The tables that exist, in the order in which the iptables-save of the backend prints them.
struct Ruleset {
  Family family = Family::ipv4;
  std::vector<Table> tables = {};

  const Table* find(TableId table) const;
};

}  // namespace ferrule
#pragma GCC visibility pop

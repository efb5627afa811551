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
  // False for one of iptables' base chains that nobody has made yet in nf_tables, and that every listing shows empty.
  bool in_kernel = true;
};

// Something in a table that iptables cannot show and that a listing therefore leaves out.
struct Foreign {
  enum class Kind : uint8_t {
    base_chain,       // a base chain whose hook, priority, type or name is not iptables'
    chain,            // a chain whose name is longer than iptables allows
    rule,             // a rule with expressions that iptables does not know; it refuses to list the chain and the table
    unreadable_rule,  // a rule of expressions that iptables knows, saying what no iptables rule can say
    object,           // a set, map, named object or flowtable; `text` says which: "set bad", "counter c"
  };
  Kind kind = Kind::base_chain;
  std::string chain = {};  // its name, or that of the chain the rule is in; empty when it is not known which
  uint32_t number = 0;     // of the rule, from 1
  std::string text = {};   // for people; of an unreadable rule what is wrong with it
  // Of an unreadable rule at which iptables-nft stops listing: the errors that it names.
  std::vector<std::string> refusals = {};
  // Of an unreadable rule: what iptables lists in its place, which matches more than the rule does (it overlooks sets).
  std::optional<Rule> shown = {};
};

// One table. Base chains come first in hook order, then user chains sorted by name (as strcmp sorts).
struct Table {
  TableId id = TableId::filter;
  std::vector<Chain> chains = {};
  // What this listing leaves out. Never empty when something is missing.
  std::vector<Foreign> foreign = {};
  // True where iptables refuses to list the table at all ("table `x' is incompatible, use 'nft' tool"): some
  // Foreign::Kind::rule is there. `chains` holds what can be said all the same.
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

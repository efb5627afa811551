// write_blob: chains → one table in the form that SET_REPLACE takes, laid out as libiptc lays it out: base chains in
// hook order, each ended by its policy; user chains sorted by name, each with a head and a RETURN at its end; a last
// entry that ends the table. Pure.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "backend/rule_sequence.hpp"
#include "backend_legacy/sockopt.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"

namespace ferrule::legacy {

// Rules as they stand in a table that was read: entries that are well formed.
struct KeptRules {
  std::span<const std::byte> bytes;
  uint32_t offset = 0;  // in that table
  uint32_t count = 0;
};

// The rules' ipset indexes are written.
struct BlobChain {
  ChainName name = {};
  std::optional<Hook> hook = {};   // base chains only
  Policy policy = Policy::accept;  // likewise
  Counters counters = {};          // likewise, of the policy
  RuleSequence<Rule> rules = {};
  std::optional<KeptRules> kept = {};   // in place of `rules`; jumps lead to chains by their `was_at`
  std::optional<uint32_t> was_at = {};  // of user chains that were in the table that was read: where their rules began
  uint32_t start = 0;                   // of user chains, where the rules begin in the table; `write_blob` finds out
};

// The chains of a table, in the order in which they were added. Pointers to them stay valid.
class BlobChains {
 public:
  // Null where there is none.
  BlobChain* find(const ChainName& name) { return find(name.view()); }
  BlobChain* find(std::string_view name) {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }
  // Null where there is one of that name.
  BlobChain* add(const ChainName& name) {
    if (find(name) != nullptr) return nullptr;
    BlobChain& chain = chains_.emplace_back(BlobChain{.name = name});
    by_name_.emplace(chain.name.view(), &chain);
    return &chain;
  }
  auto begin() { return chains_.begin(); }
  auto end() { return chains_.end(); }

 private:
  std::deque<BlobChain> chains_;
  std::map<std::string_view, BlobChain*> by_name_;
};

struct WrittenTable {
  TableBlob blob;
  // For ADD_COUNTERS, one for each entry; empty where all are zero.
  std::vector<Counters> counters = {};
};

// EINVAL where a rule jumps to a chain that is not there or is a base chain, or where kept bytes have no verdict.
Result<WrittenTable> write_blob(Family family, TableId table, BlobChains& chains);

}  // namespace ferrule::legacy

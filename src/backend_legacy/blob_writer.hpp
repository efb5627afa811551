// write_blob: chains → one table in the form that SET_REPLACE takes, laid out as libiptc lays it out: base chains in
// hook order, each ended by its policy; user chains sorted by name, each with a head and a RETURN at its end; a last
// entry that ends the table. Pure.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "backend_legacy/sockopt.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"

namespace ferrule::legacy {

// The rules' ipset indexes are written.
struct BlobChain {
  std::optional<Hook> hook = {};   // base chains only
  Policy policy = Policy::accept;  // likewise
  Counters counters = {};          // likewise, of the policy
  std::vector<Rule> rules = {};
};

using BlobChains = std::map<ChainName, BlobChain>;

struct WrittenTable {
  TableBlob blob;
  // For ADD_COUNTERS, one for each entry; empty where all are zero.
  std::vector<Counters> counters = {};
};

// EINVAL where a rule jumps to a chain that is not there or is a base chain.
Result<WrittenTable> write_blob(Family family, TableId table, const BlobChains& chains);

}  // namespace ferrule::legacy

// A rule as it would be read once it is in the kernel. nf_tables does not keep everything (the exact rate of a limit,
// say), so what is looked for is compared in this form.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "backend/sets.hpp"
#include "backend_nft/decode.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"

namespace ferrule::nft {

// The payload of NFTA_RULE_EXPRESSIONS that encode_rule writes.
Result<std::vector<std::byte>> expressions_of(const Rule& rule);

// Serves any number of rules, in the network namespace that the thread is in. Not thread-safe.
class RuleMirror {
 public:
  // kUnsupported for a rule that cannot be read once it is written.
  Result<Rule> read_back(const Rule& rule);

 private:
  std::array<std::optional<RuleReader>, 2> readers_;
  SetNames sets_;
};

}  // namespace ferrule::nft

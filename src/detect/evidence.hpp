// What facts say about which backend a family uses, and in which words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ferrule/detect.hpp"

namespace ferrule::detect {

// `unknown`: it could not be read.
enum class Seen : uint8_t { no, yes, unknown };

// One backend of one family. Rules in tables that iptables knows are evidence of use, and so is a base chain whose
// policy is not ACCEPT, which somebody must have set. Tables, chains without rules and policies ACCEPT are not: looking
// may have made them. A hint chain is evidence although it is empty.
struct BackendEvidence {
  Seen hint = Seen::unknown;
  Seen rules = Seen::unknown;
  std::string hint_chain = {};            // its name, where there is one
  std::string where = {};                 // "table nat", "tables nat and filter": where the rules are
  std::vector<std::string> phrases = {};  // for FamilyVerdict::evidence
  std::string state = {};                 // whether it can be used, e.g. "this kernel has no nf_tables"
};

BackendEvidence legacy_evidence(Family family, const LegacyFacts& facts);
BackendEvidence nft_evidence(const NftFacts& facts);

}  // namespace ferrule::detect

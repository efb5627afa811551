// TablePlan: a table as it is after the operations planned so far: what the kernel had, and what the batch does to it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "backend/rule_sequence.hpp"
#include "backend_nft/base_chains.hpp"
#include "backend_nft/decode.hpp"
#include "backend_nft/kernel_view.hpp"
#include "backend_nft/messages.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"

namespace ferrule::nft {

// A rule of a chain whose rules must be known.
struct FollowedRule {
  RuleName name;
  std::vector<std::byte> expressions;
  std::vector<std::byte> userdata;
  // As iptables reads it; what it cannot read is equal to nothing.
  std::optional<tl::expected<Rule, NoRule>> read = {};
  uint32_t fingerprint = 0;  // of what was read; 0 as long as nobody needed it
};

struct ChainPlan {
  bool exists = false;
  const BaseChain* base = nullptr;  // of iptables' own base chains
  Policy policy = Policy::accept;   // of a base chain
  uint64_t handle = 0;              // the kernel's; 0 when the batch makes the chain
  uint32_t rule_count = 0;          // of a base chain
  std::optional<RuleSequence<FollowedRule>> rules = {};
  bool searched = false;
};

// Chains whose rules some operation counts, compares or changes, so that they must be read.
struct Followed {
  bool all = false;
  std::set<ChainName> chains;
  bool has(const ChainName& chain) const { return all || chains.contains(chain); }
};

class TablePlan {
 public:
  TablePlan(Target target, KernelView& view, Followed followed);

  const Target& target() const { return target_; }
  bool exists() const { return exists_; }
  // The batch makes it, or deletes it with all that is in it.
  void set_made() { exists_ = true; }
  void set_deleted();
  // Every rule of the table is gone.
  void set_flushed();

  // Never null; a chain that is not there says so. Foreign base chains are not there. Stays valid.
  Result<ChainPlan*> chain(const ChainName& name);
  // The names of all chains that exist: base chains in hook order, then user chains in no order.
  Result<std::vector<ChainName>> chain_names();
  // What iptables reads in a rule of a followed chain.
  const tl::expected<Rule, NoRule>& read(FollowedRule& rule);

 private:
  Result<void> load_rules(const ChainName& name, ChainPlan& chain);

  Target target_;
  KernelView* view_;
  Followed followed_;
  bool exists_;
  bool in_kernel_;        // chains that are not known yet may be in the kernel
  bool flushed_ = false;  // and if they are, their rules are gone
  std::map<ChainName, ChainPlan> chains_;
  RuleReader reader_;
};

}  // namespace ferrule::nft

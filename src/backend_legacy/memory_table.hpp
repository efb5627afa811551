// MemoryTable: the rules of a table in memory. It stands for itself, to try operations on without the kernel's table
// being opened, which would create it, or knows how to become the kernel's (kernel_table.hpp). It answers as libiptc
// does.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "backend_legacy/editable_table.hpp"
#include "ferrule/ruleset.hpp"

namespace ferrule::legacy {

// The table as the kernel first makes it: its base chains, empty, with policy ACCEPT.
Table pristine_table(TableId table);

// Owns its rules.
class MemoryTable final : public EditableTable {
 public:
  struct MemoryChain;
  struct Entry {
    Rule rule;
    MemoryChain* jump;                 // follows the chain it leads to, whatever that is called by now
    std::optional<uint32_t> was = {};  // the number of the entry in the table that was read; none for a new rule
    bool zeroed = false;               // since it was read
  };
  struct MemoryChain {
    ChainName name = {};
    std::optional<Hook> hook = {};
    Policy policy = Policy::accept;
    std::optional<Counters> counters = {};  // of the policy, where they were set
    uint32_t references = 0;
    std::vector<Entry> rules = {};
  };
  using Chains = std::map<ChainName, MemoryChain>;
  // Returns 0 or an errno.
  using Commit = std::function<int(const Chains&)>;
  // The number of the first rule's entry, for each chain.
  using FirstEntries = std::map<ChainName, uint32_t>;

  // `table` is as a snapshot gives it: jumps lead to chains that are there. Without `commit` it stands for itself.
  explicit MemoryTable(Table table, const FirstEntries& first_entries = {}, Commit commit = {});

  ChainKind kind(const ChainName& chain) override;
  std::vector<ChainName> chains() override;
  int create_chain(const ChainName& chain) override;
  int delete_chain(const ChainName& chain) override;
  int rename_chain(const ChainName& chain, const ChainName& new_name) override;
  int flush(const ChainName& chain) override;
  int zero(const ChainName& chain) override;
  int zero_rule(const ChainName& chain, uint32_t number) override;
  int set_policy(const ChainName& chain, Policy policy, std::optional<Counters> counters) override;
  int append(const ChainName& chain, Rule rule) override;
  int insert(const ChainName& chain, Rule rule, uint32_t number) override;
  int replace(const ChainName& chain, Rule rule, uint32_t number) override;
  int erase(const ChainName& chain, uint32_t number) override;
  Result<std::optional<uint32_t>> find(const ChainName& chain, const Rule& rule, SetNames& sets) override;
  int commit() override;

 private:
  MemoryChain* chain_of(const ChainName& name);
  Entry make_entry(Rule rule);
  static void drop(Entry& entry);

  std::vector<MemoryChain*> base_;  // in hook order
  Chains chains_;
  Commit commit_;
};

// The rule with the name that the chain it jumps to has now.
Rule with_current_target(const MemoryTable::Entry& entry);
inline bool is_renamed(const MemoryTable::Entry& entry) {
  return entry.jump != nullptr && entry.jump->name.view() != entry.rule.target_name();
}

}  // namespace ferrule::legacy

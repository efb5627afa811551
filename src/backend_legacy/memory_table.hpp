// MemoryTable: a table that stands for itself, to try operations on without the kernel's table being opened, which
// would create it. It answers as libiptc does.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <vector>

#include "backend_legacy/editable_table.hpp"
#include "ferrule/ruleset.hpp"

namespace ferrule::legacy {

// The table as the kernel first makes it: its base chains, empty, with policy ACCEPT.
Table pristine_table(TableId table);

// Owns its rules. Keeps no counters and no policies, since no answer depends on them.
class MemoryTable final : public EditableTable {
 public:
  // `table` is as a snapshot gives it: jumps lead to chains that are there.
  explicit MemoryTable(Table table);

  ChainKind kind(const ChainName& chain) override;
  std::vector<ChainName> chains() override;
  int create_chain(const ChainName& chain) override;
  int delete_chain(const ChainName& chain) override;
  int rename_chain(const ChainName& chain, const ChainName& new_name) override;
  int flush(const ChainName& chain) override;
  int zero(const ChainName& chain) override;
  int zero_rule(const ChainName& chain, uint32_t number) override;
  int set_policy(const ChainName& chain, Policy policy, std::optional<Counters> counters) override;
  int append(const ChainName& chain, const Rule& rule) override;
  int insert(const ChainName& chain, const Rule& rule, uint32_t number) override;
  int replace(const ChainName& chain, const Rule& rule, uint32_t number) override;
  int erase(const ChainName& chain, uint32_t number) override;
  Result<std::optional<uint32_t>> find(const ChainName& chain, const Rule& rule, SetNames& sets) override;
  int commit() override;

 private:
  struct Entry;
  struct MemoryChain {
    ChainName name;
    std::optional<Hook> hook;
    uint32_t references = 0;
    std::vector<Entry> rules = {};
  };
  // Follows the chain it jumps to, whatever that is called by now.
  struct Entry {
    Rule rule;
    MemoryChain* jump;
  };

  MemoryChain* chain_of(const ChainName& name);
  Entry make_entry(Rule rule);
  static void drop(Entry& entry);

  std::vector<MemoryChain*> base_;  // in hook order
  std::map<ChainName, MemoryChain> chains_;
};

}  // namespace ferrule::legacy

// MemoryTable: the rules of a table in memory. It stands for itself, to try operations on without the kernel's table
// being opened, which would create it, or knows how to become the kernel's (kernel_table.hpp). It answers as libiptc
// does. Of a table that came as bytes, chains that nobody asks for stay bytes: to add one rule to tens of thousands, no
// more than their places need be known.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "backend/rule_sequence.hpp"
#include "backend_legacy/blob_layout.hpp"
#include "backend_legacy/blob_writer.hpp"
#include "backend_legacy/editable_table.hpp"

namespace ferrule::legacy {

// Owns its rules.
class MemoryTable final : public EditableTable {
 public:
  struct MemoryChain;
  struct Entry {
    Rule rule;
    MemoryChain* jump;                 // follows the chain it leads to, whatever that is called by now
    std::optional<uint32_t> was = {};  // the number of the entry in the table that was read; none for a new rule
    bool zeroed = false;               // since it was read
    uint32_t fingerprint = 0;          // of the rule; 0 as long as nobody needed it
  };
  struct MemoryChain {
    ChainName name = {};
    std::optional<Hook> hook = {};
    Policy policy = Policy::accept;
    std::optional<Counters> counters = {};  // of the policy, where they were set
    uint32_t references = 0;                // right once every chain is read
    RuleSequence<Entry> rules = {};         // none yet while `unread`
    std::optional<uint32_t> was_at = {};    // of user chains that came in the bytes: where jumps find them there
    bool searched = false;
    std::optional<size_t> unread = {};  // the chain of that number in the bytes, as long as its rules stand only there
  };
  using Chains = std::map<ChainName, MemoryChain>;
  // Returns 0 or an errno.
  using Commit = std::function<int(const Chains&, const BlobLayout&)>;

  // A table that nothing is in.
  explicit MemoryTable(TableId table);
  // The table in these bytes. Without `commit` it stands for itself.
  explicit MemoryTable(BlobLayout layout, Commit commit = {});

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
  // Reads the rules of a chain that still stand in the bytes only; 0 or EINVAL where they cannot be.
  int read(MemoryChain& chain);
  int read_all();
  Entry make_entry(Rule rule);
  static Result<bool> is_same(const Entry& entry, const Rule& rule, SetNames& sets);
  static void drop(Entry& entry);
  // For fingerprints.
  uint64_t seed();

  std::vector<MemoryChain*> base_;  // in hook order
  Chains chains_;
  bool all_read_ = false;
  std::optional<uint64_t> seed_;
  std::optional<BlobLayout> layout_;
  Commit commit_;
};

// What `write_blob` makes the table of. Views into `read` for the chains that were not read.
BlobChains chains_to_write(const MemoryTable::Chains& chains, const BlobLayout& read);

}  // namespace ferrule::legacy

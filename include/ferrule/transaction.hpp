// Transaction: an ordered list of changes, as a value. Building one needs no kernel and no privileges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"

#pragma GCC visibility push(default)
namespace ferrule {

// One change to one table. Which fields count depends on `kind`; the iptables option is named beside each.
struct Operation {
  enum class Kind : uint8_t {
    append,         // -A chain rule
    insert,         // -I chain [number] rule
    replace,        // -R chain number rule
    delete_rule,    // -D chain rule
    delete_number,  // -D chain number
    check,          // -C chain rule; changes nothing, fails when there is no such rule
    flush,          // -F [chain]; every chain when `chain` is empty
    zero,           // -Z [chain [number]]; `number` 0 means the whole chain, an empty chain the whole table
    new_chain,      // -N chain
    delete_chain,   // -X [chain]; every user chain when `chain` is empty
    rename_chain,   // -E chain new_name
    set_policy,     // -P chain policy
    declare_chain,  // a restore line `:CHAIN POLICY [p:b]`: creates or, with kKeep, flushes a user chain; sets the
                    // policy and counters of a base chain
  };
  Kind kind = Kind::append;
  ChainName chain = {};
  uint32_t number = 0;                // rule number, from 1
  uint32_t line = 0;                  // of the source text, from 1; 0 when there is none
  std::optional<Policy> policy = {};  // set_policy, declare_chain (absent for `-`)
  // declare_chain, set_policy: what to set (a rule has its own). Of set_policy, nf_tables begins at zero all the same,
  // as iptables-nft does.
  std::optional<Counters> counters = {};
  ChainName new_name = {};        // rename_chain
  std::optional<Rule> rule = {};  // append, insert, replace, delete_rule, check
};

// Whether what a table held before survives.
enum class Existing : uint8_t {
  kReplace,  // iptables-restore: the table ends up as described here and nothing else is in it
  kKeep,     // iptables-restore --noflush, and single iptables commands
};

// The changes to one table, committed together: one `*table … COMMIT` block.
struct TableChange {
  Family family = Family::ipv4;
  TableId table = TableId::filter;
  Existing existing = Existing::kKeep;
  std::string file = {};     // the text's name, for errors
  uint32_t commit_line = 0;  // where COMMIT stood, for errors that appear only there
  std::vector<Operation> operations = {};
};

// Takes effect in order. See Capabilities for whether all of it, or each TableChange, is all-or-nothing.
// A value type: copyable, movable, const access is safe from any number of threads.
struct Transaction {
  std::vector<TableChange> changes = {};

  size_t rule_count() const;
};

// One message to nf_tables: of NFT_MSG_, with the headers of netlink and netfilter.
struct DraftMessage {
  static constexpr uint32_t kNoOperation = 0xffffffff;
  uint32_t change = 0;                // index in Transaction::changes
  uint32_t operation = kNoOperation;  // index in TableChange::operations; none: for the table as a whole
  std::vector<std::byte> bytes = {};
};

}  // namespace ferrule
#pragma GCC visibility pop

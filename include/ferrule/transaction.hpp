// Transaction: an ordered list of changes, as a value. Building one needs no kernel and no privileges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"

#pragma GCC visibility push(default)
namespace ferrule {

// One change to one table; the iptables option is named beside each. Made by the functions below, each of which takes
// all that its kind needs. Fields that a kind does not name have no meaning for it.
struct Operation {
  enum class Kind : uint8_t {
    append,         // -A chain rule
    insert,         // -I chain number rule
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

  static Operation append(const ChainName& chain, Rule rule);
  // `number` counts from 1, which is the head of the chain.
  static Operation insert(const ChainName& chain, uint32_t number, Rule rule);
  static Operation replace(const ChainName& chain, uint32_t number, Rule rule);
  static Operation delete_rule(const ChainName& chain, Rule rule);
  static Operation delete_number(const ChainName& chain, uint32_t number);
  static Operation check(const ChainName& chain, Rule rule);
  static Operation flush(const ChainName& chain);
  static Operation flush_all();
  static Operation zero(const ChainName& chain);
  static Operation zero_rule(const ChainName& chain, uint32_t number);
  static Operation zero_all();
  static Operation new_chain(const ChainName& chain);
  static Operation delete_chain(const ChainName& chain);
  static Operation delete_all_chains();
  static Operation rename_chain(const ChainName& chain, const ChainName& new_name);
  // nf_tables begins counting at zero all the same, as iptables-nft does.
  static Operation set_policy(const ChainName& chain, Policy policy, std::optional<Counters> counters = {});
  // Without a policy: `-`.
  static Operation declare_chain(const ChainName& chain, std::optional<Policy> policy = {},
                                 std::optional<Counters> counters = {});
  // The same operation, which stood in `line` of a text (from 1).
  Operation at_line(uint32_t number_of_line) &&;

  Kind kind;
  ChainName chain;
  uint32_t number = 0;                    // rule number, from 1
  uint32_t line = 0;                      // of the source text, from 1; 0 when there is none
  std::optional<Policy> policy = {};      // set_policy, declare_chain (absent for `-`)
  std::optional<Counters> counters = {};  // declare_chain, set_policy: what to set (a rule has its own)
  ChainName new_name = {};                // rename_chain
  std::optional<Rule> rule = {};          // append, insert, replace, delete_rule, check

 private:
  Operation(Kind kind_of, const ChainName& of_chain) : kind(kind_of), chain(of_chain) {}
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

// Whether the transaction says something that a kernel can be told, before any kernel is asked. Every call that takes a
// transaction asks this first. kInvalidInput, naming file, line, table and chain: a rule that is missing, of the other
// family or moved from; a name that no chain can have; a rule number of 0; a policy that is missing; a value outside of
// its enumeration. Thread-safe.
Result<void> validate(const Transaction& transaction);

// One message to nf_tables: of NFT_MSG_, with the headers of netlink and netfilter.
struct DraftMessage {
  static constexpr uint32_t kNoOperation = 0xffffffff;
  uint32_t change = 0;                // index in Transaction::changes
  uint32_t operation = kNoOperation;  // index in TableChange::operations; none: for the table as a whole
  std::vector<std::byte> bytes = {};
};

}  // namespace ferrule
#pragma GCC visibility pop

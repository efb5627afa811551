// EditableTable: one legacy table while it is being changed. The operations of a transaction are carried out on it in
// one way (edit.hpp), whether it stands for the kernel's table (kernel_table.hpp) or only for itself
// (memory_table.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "backend/sets.hpp"
#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/types.hpp"

namespace ferrule::legacy {

// No chain can be called like a verdict.
inline bool is_verdict(const ChainName& name) {
  const std::string_view text = name.view();
  return text == "ACCEPT" || text == "DROP" || text == "QUEUE" || text == "RETURN";
}

enum class ChainKind : uint8_t { none, base, user };

// Numbers of rules count from 0 here. Functions that return int return 0, or an errno with libiptc's meaning: ENOENT no
// such chain, E2BIG no rule of that number, EEXIST, ENOTEMPTY, EMLINK (chain is jumped to), EINVAL.
class EditableTable {
 public:
  virtual ~EditableTable() = default;

  virtual ChainKind kind(const ChainName& chain) = 0;
  // Base chains in hook order, then user chains sorted by name.
  virtual std::vector<ChainName> chains() = 0;

  virtual int create_chain(const ChainName& chain) = 0;
  virtual int delete_chain(const ChainName& chain) = 0;
  virtual int rename_chain(const ChainName& chain, const ChainName& new_name) = 0;
  virtual int flush(const ChainName& chain) = 0;
  virtual int zero(const ChainName& chain) = 0;
  virtual int zero_rule(const ChainName& chain, uint32_t number) = 0;
  // ENOENT for anything but a base chain.
  virtual int set_policy(const ChainName& chain, Policy policy, std::optional<Counters> counters) = 0;

  // The rule is well formed, of the table's family, has its ipset indexes written, and jumps, if at all, to a user
  // chain of this table.
  virtual int append(const ChainName& chain, Rule rule) = 0;
  virtual int insert(const ChainName& chain, Rule rule, uint32_t number) = 0;
  virtual int replace(const ChainName& chain, Rule rule, uint32_t number) = 0;
  virtual int erase(const ChainName& chain, uint32_t number) = 0;
  // The number of the first rule that is the same_rule; nullopt when there is none or no such chain.
  virtual Result<std::optional<uint32_t>> find(const ChainName& chain, const Rule& rule, SetNames& sets) = 0;

  // Makes the kernel's table what this one has become. EAGAIN when the kernel's is no longer what it was when this one
  // was read; then the work starts over with a new one. ESTALE when it was replaced, and changed by somebody else
  // before its counters were restored. Does nothing for a table that stands for itself.
  virtual int commit() = 0;

  // Whether it holds all that it will be, whatever the kernel's table is. Nobody needs the operations any more once
  // they were carried out on such a table, and after EAGAIN it looks at the kernel's again and can be committed again.
  virtual bool stands_alone() const { return false; }
  virtual Result<void> look_again() { return {}; }
};

}  // namespace ferrule::legacy

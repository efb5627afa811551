// Reading a legacy table's blob: the entries that IPT_SO_GET_ENTRIES returns, as chains and rules.
//
// The blob is base chains in hook order (rules, then one entry with the policy as its verdict), user chains (a head
// entry whose ERROR target holds the name, rules, a bare RETURN), and a terminator, an ERROR target again. A jump's
// verdict is the offset of the first entry behind the chain's head. Nothing here asks the kernel anything.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "backend_legacy/sockopt.hpp"
#include "ferrule/error.hpp"
#include "ferrule/ruleset.hpp"

namespace ferrule::legacy {

// What the `size` bytes of `entries` say. The rules share the bytes: what a Rule has in another way than the kernel is
// rewritten in place, so nobody else may use them any more. Every offset, size and name in it is checked, since it may
// come from anywhere: malformed bytes and layouts that no iptables would make give kInvalidInput, never a partial
// table. Extensions are carried as bytes. Ipset indexes are left as they are (see backend/sets.hpp).
Result<Table> read_blob(Family family, TableId table, const TableInfo& info, std::shared_ptr<std::byte> entries,
                        size_t size);

// The same of a copy.
Result<Table> read_blob(Family family, TableId table, const TableInfo& info, std::span<const std::byte> entries);

inline Result<Table> read_blob(Family family, TableBlob&& blob) {
  const TableId table = blob.table();
  const TableInfo info = blob.info();
  return read_blob(family, table, info, std::move(blob).shared_entries(), info.size);
}

// The number, among all entries, of each chain's first rule, or of what stands there where it has none. Ends early
// where the bytes are malformed.
std::map<ChainName, uint32_t> first_rules(Family family, const TableBlob& blob);

// The counters of every entry, in order; heads and policies included. Ends early where the bytes are malformed.
std::vector<Counters> entry_counters(Family family, std::span<const std::byte> entries);

}  // namespace ferrule::legacy

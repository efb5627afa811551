// Reading a legacy table's bytes as chains and rules. How they stand there: blob_layout.hpp.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "backend_legacy/blob_layout.hpp"
#include "backend_legacy/sockopt.hpp"
#include "ferrule/error.hpp"
#include "ferrule/ruleset.hpp"

namespace ferrule::legacy {

// What the `size` bytes of `entries` say. The rules share the bytes: what a Rule has in another way than the kernel is
// rewritten in place, so nobody else may use them any more. Malformed bytes give kInvalidInput, never a partial table.
// Extensions are carried as bytes. Ipset indexes are left as they are (see backend/sets.hpp).
Result<Table> read_blob(Family family, TableId table, const TableInfo& info, std::shared_ptr<std::byte> entries,
                        size_t size);

// The same of a copy.
Result<Table> read_blob(Family family, TableId table, const TableInfo& info, std::span<const std::byte> entries);

inline Result<Table> read_blob(Family family, TableBlob&& blob) {
  const TableId table = blob.table();
  const TableInfo info = blob.info();
  return read_blob(family, table, info, std::move(blob).shared_entries(), info.size);
}

// The counters of every entry, in order; heads and policies included. Ends early where the bytes are malformed.
std::vector<Counters> entry_counters(Family family, std::span<const std::byte> entries);

}  // namespace ferrule::legacy

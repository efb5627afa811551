// RebuiltTable: a table that a transaction describes from nothing, as iptables-restore without --noflush does. What the
// kernel has is only asked for the policies that are not mentioned, and the new table is written in one go, so that
// tens of thousands of rules stand in memory twice, here and in the blob, and not three times.
#pragma once

#include <functional>
#include <memory>

#include "backend_legacy/blob_writer.hpp"
#include "backend_legacy/editable_table.hpp"
#include "backend_legacy/table_changes.hpp"

namespace ferrule::legacy {

// Whether `changes` describe the whole table, with nothing but chains, policies and rules that are added.
bool describes_whole_table(const TableChanges& changes);

// What becomes of a described table when it is committed: 0, or an errno.
using Deliver = std::function<int(WrittenTable)>;

// A table that holds nothing yet, as the kernel first makes it, which is handed to `deliver` and not to the kernel.
std::unique_ptr<EditableTable> describe_table(Family family, TableId table, Deliver deliver);

// For changes that do. Once they are carried out, the table needs them no more.
Result<std::unique_ptr<EditableTable>> open_rebuilt_table(Family family, TableId table);

}  // namespace ferrule::legacy

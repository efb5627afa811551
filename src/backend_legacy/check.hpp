// Trying a transaction without opening, and so creating, any table.
#pragma once

#include <memory>

#include "backend_legacy/editable_table.hpp"
#include "ferrule/error.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::legacy {

// The table as it is now, in memory; as the kernel would make it when it does not exist.
Result<std::unique_ptr<EditableTable>> copy_table(Family family, TableId table);

// Carries out every operation on copies of the tables, and asks whether the kernel has each extension in its revision.
// What only the kernel's own look at a whole table finds (loops, extensions in the wrong hook), it does not find.
Result<void> check_transaction(const Transaction& transaction);

}  // namespace ferrule::legacy

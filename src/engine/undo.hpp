// Undo: a snapshot as the transaction that brings it back.
#pragma once

#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::engine {

// For each table that `transaction` changes: replace it by what `before` holds, counters and policies included; a table
// that `before` does not have ends up empty. All changes must be of the family of `before`.
Transaction undo_of(const Transaction& transaction, Ruleset before);

}  // namespace ferrule::engine

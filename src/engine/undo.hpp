// Undo: a snapshot as the transaction that brings it back.
#pragma once

#include <vector>

#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::engine {

struct Undo {
  Transaction transaction = {};
  // Tables with something in them that a ruleset does not hold (Table::foreign). Replacing them would lose it.
  std::vector<TableId> left_alone = {};
};

// For each table that `transaction` changes: replace it by what `before` holds, counters and policies included; a table
// that `before` does not have ends up empty. All changes must be of the family of `before`.
Undo undo_of(const Transaction& transaction, Ruleset before);

}  // namespace ferrule::engine

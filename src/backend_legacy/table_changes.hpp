// What a transaction does to one table, all of its changes to it taken together: the kernel's table is replaced once.
#pragma once

#include <vector>

#include "backend/sets.hpp"
#include "backend_legacy/edit.hpp"
#include "backend_legacy/editable_table.hpp"
#include "ferrule/error.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::legacy {

struct TableChanges {
  Family family;
  TableId table;
  std::vector<TableChange> changes;  // in order; not empty

  // Whether all of it is `-C`: looking is enough then, and looking must not create the table.
  bool only_checks() const;
  size_t rule_count() const;
  // The last COMMIT.
  Origin commit_origin() const;
};

// One for each table, in the order in which the transaction first names them.
std::vector<TableChanges> group_by_table(Transaction transaction);

// The changes again, table by table.
std::vector<TableChange> ungroup(std::vector<TableChanges> groups);

Result<Edited> apply_changes(const TableChanges& changes, EditableTable& table, SetNames& sets);

}  // namespace ferrule::legacy

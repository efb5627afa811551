// A whole transaction on the legacy tables. The kernel replaces one table at a time, so all-or-nothing is made of three
// steps: every operation of every table is carried out in userspace first; then each table but the last is read before
// it is replaced; and what was read is put back when a later table is refused.
#pragma once

#include <vector>

#include "backend/backend.hpp"
#include "backend_legacy/table_changes.hpp"
#include "ferrule/error.hpp"

namespace ferrule::legacy {

// The caller holds the xtables lock. Opens, and so creates, only the tables of `tables`, but those with nothing but
// checks. Where another program changes a table in between regardless of the lock, starts that table over, a bounded
// number of times. After a rollback, packets that were counted while it happened are missing from the counters, and
// extensions with a state of their own (recent, quota, hashlimit) begin anew, as after any replacement of a table.
// After an error, `tables` holds what it held, but for tables that were written out already.
Result<CommitStats> commit_tables(std::vector<TableChanges>& tables);

}  // namespace ferrule::legacy

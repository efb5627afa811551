// Prebuilt tables: what a transaction makes of tables that hold nothing, written out beforehand as the bytes that
// SET_REPLACE takes, to be put into any number of namespaces.
#pragma once

#include <optional>
#include <vector>

#include "backend_legacy/sockopt.hpp"
#include "backend_legacy/xtables_lock.hpp"
#include "ferrule/error.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::legacy {

struct PrebuiltTable {
  Family family;
  Replacement forward;                  // in the place of the empty table
  Replacement back;                     // the empty table in the place of ours
  std::vector<Counters> counters = {};  // for ADD_COUNTERS, one for each entry; empty where all are zero
};

// In the order in which the transaction first names them. Immutable once made; const access is safe from any number of
// threads.
using PrebuiltTables = std::vector<PrebuiltTable>;

// nullopt where that cannot be said beforehand: a rule names an ipset, whose index is another one in each namespace; an
// operation looks for what an empty table does not have; or the transaction would fail on empty tables. Asks no kernel.
std::optional<PrebuiltTables> prebuild(const Transaction& transaction);

// Puts the tables into the namespace that the calling thread is in, all or none. False, and nothing has changed: some
// table was not empty, could not be looked at, or was refused; the transaction must go the ordinary way, which also
// knows which line is at fault. kBusy and kPermission where the lock cannot be had; any other error means that a table
// could not be put back.
Result<bool> put_into_empty_tables(const PrebuiltTables& tables, const LockOptions& options);

}  // namespace ferrule::legacy

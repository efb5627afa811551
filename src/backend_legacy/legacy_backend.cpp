#include "backend_legacy/legacy_backend.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "backend/difference.hpp"
#include "backend/foreign_rules.hpp"
#include "backend_legacy/check.hpp"
#include "backend_legacy/commit.hpp"
#include "backend_legacy/snapshot.hpp"
#include "backend_legacy/table_changes.hpp"

namespace ferrule::legacy {

Result<Ruleset> LegacyBackend::snapshot(Family family, std::optional<TableId> only) {
  SetNames sets;
  return snapshot_tables(family, only, sets);
}

Result<CommitStats> LegacyBackend::commit(Transaction& transaction) {
  if (Result<void> native = refuse_foreign_rules(transaction); !native) return tl::unexpected<Error>(native.error());
  std::vector<TableChanges> tables = group_by_table(std::exchange(transaction, {}));
  auto done = with_lock(tables);
  // Whoever tries another way then finds all of it.
  if (!done) transaction.changes = ungroup(std::move(tables));
  return done;
}

Result<CommitStats> LegacyBackend::with_lock(std::vector<TableChanges>& tables) const {
  std::optional<XtablesLock> lock;
  if (!std::all_of(tables.begin(), tables.end(), [](const TableChanges& t) { return t.only_checks(); })) {
    Result<XtablesLock> acquired = XtablesLock::acquire(lock_);
    if (!acquired) return tl::unexpected<Error>(std::move(acquired.error()));
    lock = std::move(*acquired);
  }
  return commit_tables(tables);
}

Result<CommitStats> LegacyBackend::ensure(const Transaction& wanted) {
  const Result<XtablesLock> lock = XtablesLock::acquire(lock_);
  if (!lock) return tl::unexpected<Error>(lock.error());
  return missing(wanted).and_then([](Transaction left) {
    std::vector<TableChanges> tables = group_by_table(std::move(left));
    return commit_tables(tables);
  });
}

Result<Transaction> LegacyBackend::missing(const Transaction& wanted) {
  SetNames sets;
  const auto now =
      read_tables_of(wanted, [&](Family family, TableId table) { return snapshot_tables(family, table, sets); });
  if (!now) return tl::unexpected<Error>(now.error());
  return difference(*now, wanted, [](const Rule& rule) -> Result<Rule> { return rule; });
}

Result<void> LegacyBackend::check(const Transaction& transaction) {
  return refuse_foreign_rules(transaction).and_then([&] { return check_transaction(transaction); });
}

}  // namespace ferrule::legacy

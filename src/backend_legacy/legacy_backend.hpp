// LegacyBackend: the Backend for the tables of ip_tables.ko and ip6_tables.ko, as iptables-legacy uses them.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "backend/backend.hpp"
#include "backend_legacy/table_changes.hpp"
#include "backend_legacy/xtables_lock.hpp"

namespace ferrule::legacy {

class LegacyBackend final : public Backend {
 public:
  explicit LegacyBackend(LockOptions lock) : lock_(std::move(lock)) {}

  // Takes no lock: the kernel gives each table out in one piece. Tables are in iptables-legacy-save's order. A table
  // that is asked for with `only` and does not exist yet is made up as the kernel would create it.
  Result<Ruleset> snapshot(Family family, std::optional<TableId> only) override;

  // Holds the xtables lock meanwhile, for both families, unless nothing but checks is in `transaction`. All-or-nothing,
  // as commit.hpp describes. Keeps `transaction` as it is, since a conflict means starting over with its rules. Tables
  // that it names exist afterwards, whatever the outcome.
  Result<CommitStats> commit(Transaction& transaction) override;

  // Holds the xtables lock from the first look on. Creates no table that holds what is wanted as it is.
  Result<CommitStats> ensure(const Transaction& wanted) override;
  Result<Transaction> missing(const Transaction& wanted) override;

  // Changes and creates nothing, and takes no lock. See check.hpp for what it does not find.
  Result<void> check(const Transaction& transaction) override;

 private:
  Result<CommitStats> with_lock(std::vector<TableChanges>& tables) const;

  LockOptions lock_;
};

}  // namespace ferrule::legacy

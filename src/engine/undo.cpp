#include "engine/undo.hpp"

#include <algorithm>
#include <utility>

namespace ferrule::engine {
namespace {

TableChange rebuild(Family family, TableId id, Table* table) {
  TableChange change{.family = family, .table = id, .existing = Existing::kReplace};
  if (table == nullptr) return change;
  for (const Chain& chain : table->chains) {
    change.operations.push_back(
        Operation::declare_chain(chain.name, chain.hook ? std::optional(chain.policy) : std::nullopt, chain.counters));
  }
  for (Chain& chain : table->chains) {
    for (Rule& rule : chain.rules) change.operations.push_back(Operation::append(chain.name, std::move(rule)));
  }
  return change;
}

}  // namespace

Undo undo_of(const Transaction& transaction, Ruleset before) {
  Undo undo;
  std::vector<TableId> seen;
  for (const TableChange& change : transaction.changes) {
    if (std::ranges::find(seen, change.table) != seen.end()) continue;
    seen.push_back(change.table);
    const auto table = std::ranges::find(before.tables, change.table, &Table::id);
    if (table != before.tables.end() && (table->incompatible || !table->foreign.empty())) {
      undo.left_alone.push_back(change.table);
    } else {
      undo.transaction.changes.push_back(
          rebuild(change.family, change.table, table == before.tables.end() ? nullptr : &*table));
    }
  }
  return undo;
}

}  // namespace ferrule::engine

#include "engine/undo.hpp"

#include <algorithm>
#include <utility>

namespace ferrule::engine {
namespace {

TableChange rebuild(Family family, TableId id, Table* table) {
  TableChange change{.family = family, .table = id, .existing = Existing::kReplace};
  if (table == nullptr) return change;
  for (const Chain& chain : table->chains) {
    Operation declare{.kind = Operation::Kind::declare_chain, .chain = chain.name};
    declare.counters = chain.counters;
    if (chain.hook) declare.policy = chain.policy;
    change.operations.push_back(std::move(declare));
  }
  for (Chain& chain : table->chains) {
    for (Rule& rule : chain.rules) {
      Operation append{.kind = Operation::Kind::append, .chain = chain.name};
      append.rule = std::move(rule);
      change.operations.push_back(std::move(append));
    }
  }
  return change;
}

}  // namespace

Transaction undo_of(const Transaction& transaction, Ruleset before) {
  Transaction undo;
  for (const TableChange& change : transaction.changes) {
    const bool seen = std::any_of(undo.changes.begin(), undo.changes.end(),
                                  [&](const TableChange& other) { return other.table == change.table; });
    if (seen) continue;
    const auto table =
        std::find_if(before.tables.begin(), before.tables.end(), [&](const Table& t) { return t.id == change.table; });
    undo.changes.push_back(rebuild(change.family, change.table, table == before.tables.end() ? nullptr : &*table));
  }
  return undo;
}

}  // namespace ferrule::engine

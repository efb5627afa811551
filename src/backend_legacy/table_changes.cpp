#include "backend_legacy/table_changes.hpp"

#include <algorithm>
#include <utility>

namespace ferrule::legacy {

bool TableChanges::only_checks() const {
  return std::all_of(changes.begin(), changes.end(), [](const TableChange& change) {
    return change.existing == Existing::kKeep &&
           std::all_of(change.operations.begin(), change.operations.end(),
                       [](const Operation& op) { return op.kind == Operation::Kind::check; });
  });
}

size_t TableChanges::rule_count() const {
  size_t count = 0;
  for (const TableChange& change : changes) {
    count += static_cast<size_t>(std::count_if(change.operations.begin(), change.operations.end(),
                                               [](const Operation& op) { return op.rule.has_value(); }));
  }
  return count;
}

Origin TableChanges::commit_origin() const {
  Origin origin;
  origin.file = changes.back().file;
  origin.line = changes.back().commit_line;
  return origin;
}

std::vector<TableChanges> group_by_table(Transaction transaction) {
  std::vector<TableChanges> groups;
  for (TableChange& change : transaction.changes) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const TableChanges& g) {
      return g.family == change.family && g.table == change.table;
    });
    if (group == groups.end()) group = groups.insert(group, {change.family, change.table, {}});
    group->changes.push_back(std::move(change));
  }
  return groups;
}

std::vector<TableChange> ungroup(std::vector<TableChanges> groups) {
  std::vector<TableChange> changes;
  for (TableChanges& group : groups) {
    for (TableChange& change : group.changes) changes.push_back(std::move(change));
  }
  return changes;
}

Result<Edited> apply_changes(const TableChanges& changes, EditableTable& table, SetNames& sets) {
  Edited edited = Edited::kNothing;
  for (const TableChange& change : changes.changes) {
    Result<Edited> result = apply_operations(change, table, sets);
    if (!result) return result;
    if (*result == Edited::kSomething) edited = Edited::kSomething;
  }
  return edited;
}

}  // namespace ferrule::legacy

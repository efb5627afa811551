#include "backend_legacy/prebuilt.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "backend_legacy/blob.hpp"
#include "backend_legacy/rebuilt_table.hpp"
#include "backend_legacy/table_changes.hpp"
#include "backend_legacy/table_names.hpp"

namespace ferrule::legacy {
namespace {

// Whether the operation means the same whatever an empty table is made of.
bool can_be_written_beforehand(const Operation& operation) {
  using Kind = Operation::Kind;
  switch (operation.kind) {
    case Kind::append:
    case Kind::insert:
      return operation.rule && std::ranges::none_of(operation.rule->attachments(), [](const Attachment& attachment) {
               return attachment.kind != Attachment::Kind::long_prefix;
             });
    case Kind::flush:
    case Kind::new_chain:
    case Kind::declare_chain:
    case Kind::set_policy:
      return true;
    default:
      return false;
  }
}

bool can_be_written_beforehand(const TableChanges& changes) {
  return std::ranges::all_of(changes.changes, [](const TableChange& change) {
    return std::ranges::all_of(change.operations, [](const Operation& op) { return can_be_written_beforehand(op); });
  });
}

std::optional<WrittenTable> write_from_nothing(const TableChanges& changes) {
  std::optional<WrittenTable> out;
  const auto table = describe_table(changes.family, changes.table, [&](WrittenTable written) {
    out = std::move(written);
    return 0;
  });
  SetNames no_sets;
  const Result<Edited> edited = apply_changes(changes, *table, no_sets);
  if (!edited || *edited == Edited::kNothing || table->commit() != 0) return std::nullopt;
  return out;
}

std::optional<PrebuiltTable> prebuild(const TableChanges& changes) {
  if (!can_be_written_beforehand(changes)) return std::nullopt;
  std::optional<WrittenTable> ours = write_from_nothing(changes);
  std::optional<TableBlob> empty;
  const auto nothing = describe_table(changes.family, changes.table, [&](WrittenTable written) {
    empty = std::move(written.blob);
    return 0;
  });
  if (!ours || nothing->commit() != 0) return std::nullopt;
  const uint32_t empty_count = empty->info().entry_count;
  const uint32_t our_count = ours->blob.info().entry_count;
  return PrebuiltTable{.family = changes.family,
                       .forward = Replacement(std::move(ours->blob), empty_count),
                       .back = Replacement(*std::move(empty), our_count),
                       .counters = std::move(ours->counters)};
}

class Placing {
 public:
  explicit Placing(const PrebuiltTables& tables) : tables_(tables) {}

  Result<bool> run() {
    if (!all_are_empty()) return false;
    for (size_t i = 0; i < tables_.size(); ++i) {
      const PrebuiltTable& table = tables_[i];
      const XtSocket* kernel = socket(table.family);
      if (kernel == nullptr || !begins_empty(table) || !kernel->replace(table.forward)) return put_back(i);
      if (!table.counters.empty() && !kernel->add_counters(table.forward.table(), table.counters)) {
        return put_back(i + 1);
      }
    }
    return true;
  }

 private:
  // Only tables that are there already are looked into: the others begin with the SET_REPLACE that makes them.
  bool all_are_empty() {
    return std::ranges::all_of(tables_, [&](const PrebuiltTable& table) {
      const std::vector<TableId>* names = names_of(table.family);
      return names != nullptr && (!exists(table) || is_empty(table));
    });
  }

  bool exists(const PrebuiltTable& table) {
    const std::vector<TableId>& names = *names_of(table.family);
    return std::ranges::find(names, table.forward.table()) != names.end();
  }

  // The module's parameter iptable_filter.forward=0 makes filter begin with a policy DROP. Looking makes the table, so
  // it is not looked into before its turn: iptables-save prints tables in the order of their making.
  bool begins_empty(const PrebuiltTable& table) {
    return table.forward.table() != TableId::filter || exists(table) || is_empty(table);
  }

  const std::vector<TableId>* names_of(Family family) {
    auto& names = names_[index(family)];
    if (!names) names = instantiated_tables(family);
    return *names ? &**names : nullptr;
  }

  bool is_empty(const PrebuiltTable& table) {
    const XtSocket* kernel = socket(table.family);
    if (kernel == nullptr) return false;
    const Result<TableInfo> info = kernel->get_info(table.forward.table());
    if (!info || info->entry_count != table.back.info().entry_count) return false;
    Result<TableBlob> blob = kernel->get_entries(table.forward.table(), *info);
    if (!blob) return false;
    const Result<Table> read = read_blob(table.family, *std::move(blob));
    return read && std::ranges::all_of(read->chains, [](const Chain& chain) {
             return chain.hook && chain.rules.empty() && chain.policy == Policy::accept;
           });
  }

  // The first `count` tables are empty again.
  Result<bool> put_back(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      Result<void> restored = socket(tables_[i].family)->replace(tables_[i].back);
      if (restored) continue;
      Error& error = restored.error();
      error.message = "a later table was refused, and this one could not be emptied again: " + error.message;
      return tl::unexpected<Error>(std::move(error));
    }
    return false;
  }

  // Null where there is none to be had.
  const XtSocket* socket(Family family) {
    std::optional<XtSocket>& slot = sockets_[index(family)];
    if (!slot) {
      Result<XtSocket> opened = XtSocket::open(family);
      if (!opened) return nullptr;
      slot = std::move(*opened);
    }
    return &*slot;
  }

  static size_t index(Family family) { return family == Family::ipv4 ? 0 : 1; }

  const PrebuiltTables& tables_;
  std::array<std::optional<XtSocket>, 2> sockets_;
  std::array<std::optional<Result<std::vector<TableId>>>, 2> names_;
};

}  // namespace

std::optional<PrebuiltTables> prebuild(const Transaction& transaction) {
  PrebuiltTables out;
  for (const TableChanges& changes : group_by_table(transaction)) {
    std::optional<PrebuiltTable> table = prebuild(changes);
    if (!table) return std::nullopt;
    out.push_back(*std::move(table));
  }
  return out;
}

Result<bool> put_into_empty_tables(const PrebuiltTables& tables, const LockOptions& options) {
  const Result<XtablesLock> lock = XtablesLock::acquire(options);
  if (!lock) return tl::unexpected<Error>(lock.error());
  return Placing(tables).run();
}

}  // namespace ferrule::legacy

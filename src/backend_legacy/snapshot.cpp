#include "backend_legacy/snapshot.hpp"

#include <algorithm>
#include <utility>

#include "backend_legacy/blob.hpp"
#include "backend_legacy/table_names.hpp"

namespace ferrule::legacy {
namespace {

constexpr int kReadAttempts = 4;

// The table as the kernel first makes it: its base chains, empty, with policy ACCEPT.
Table pristine_table(TableId table) {
  Table out{.id = table};
  for (size_t number = 0; number < kHooks; ++number) {
    const auto hook = static_cast<Hook>(number);
    if (table_has_hook(table, hook)) out.chains.push_back({.name = ChainName(hook_name(hook)), .hook = hook});
  }
  return out;
}

Result<void> name_sets(Table& table, SetNames& sets) {
  for (Chain& chain : table.chains) {
    for (Rule& rule : chain.rules) {
      if (Result<void> named = sets.add_names(rule); !named) return named;
    }
  }
  return {};
}

}  // namespace

Result<Table> read_table(const XtSocket& socket, TableId table, SetNames& sets) {
  for (int attempt = 1;; ++attempt) {
    Result<TableBlob> blob = socket.read_table(table);
    if (!blob) return tl::unexpected<Error>(blob.error());
    Result<Table> read = read_blob(socket.family(), *std::move(blob));
    if (!read) return read;
    const Result<void> named = name_sets(*read, sets);
    if (named) return read;
    // A set can be gone only if its rule went first, after it was read.
    if (named.error().code != Code::kNotFound || attempt == kReadAttempts) return tl::unexpected<Error>(named.error());
  }
}

Result<Ruleset> snapshot_tables(Family family, std::optional<TableId> only, SetNames& sets) {
  const Result<std::vector<TableId>> names = instantiated_tables(family);
  if (!names) return tl::unexpected<Error>(names.error());
  Ruleset out{.family = family};
  std::vector<TableId> wanted = *names;
  if (only) {
    if (std::find(names->begin(), names->end(), *only) == names->end()) {
      // It is empty for those who could read it; the others must not take that for an answer.
      const Result<XtSocket> socket = XtSocket::open(family);
      if (!socket) return tl::unexpected<Error>(socket.error());
      if (Result<void> allowed = socket->check_rights(); !allowed) return tl::unexpected<Error>(allowed.error());
      out.tables.push_back(pristine_table(*only));
      return out;
    }
    wanted = {*only};
  }
  if (wanted.empty()) return out;
  const Result<XtSocket> socket = XtSocket::open(family);
  if (!socket) return tl::unexpected<Error>(socket.error());
  for (const TableId id : wanted) {
    Result<Table> table = read_table(*socket, id, sets);
    if (!table) return tl::unexpected<Error>(std::move(table.error()));
    out.tables.push_back(std::move(*table));
  }
  return out;
}

}  // namespace ferrule::legacy

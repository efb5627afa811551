#include "backend/backend.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace ferrule {

Result<Table> Backend::chain(Family family, TableId table, const ChainName& name) {
  auto ruleset = snapshot(family, table);
  if (!ruleset) return tl::unexpected(ruleset.error());
  if (ruleset->tables.empty()) return Table{.id = table};
  Table found = std::move(ruleset->tables.front());
  keep_only(found, name);
  return found;
}

void keep_only(Table& table, const ChainName& name) {
  std::erase_if(table.chains, [&](const Chain& chain) { return chain.name != name; });
  std::erase_if(table.foreign, [&](const Foreign& foreign) { return foreign.chain != name.view(); });
  table.incompatible =
      std::ranges::any_of(table.foreign, [](const Foreign& f) { return f.kind == Foreign::Kind::rule; });
}

}  // namespace ferrule

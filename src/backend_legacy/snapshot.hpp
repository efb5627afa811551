// Reading tables as the model has them, without creating any.
#pragma once

#include <optional>

#include "backend/sets.hpp"
#include "backend_legacy/sockopt.hpp"
#include "ferrule/error.hpp"
#include "ferrule/ruleset.hpp"

namespace ferrule::legacy {

// The tables that the thread's namespace has, newest first. With `only`, that one alone; made up as the kernel would
// create it when it does not exist.
Result<Ruleset> snapshot_tables(Family family, std::optional<TableId> only, SetNames& sets);

// One table that exists, with the names of ipsets attached to its rules.
Result<Table> read_table(const XtSocket& socket, TableId table, SetNames& sets);

}  // namespace ferrule::legacy

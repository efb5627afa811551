// What iptables-restore -v prints while it works through a table.
#pragma once

#include <string>

#include "ferrule/detect.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::cli {

// `before` is the table as it was, which the change replaces.
std::string verbose_restore(const TableChange& change, const Table& before, BackendKind backend);

}  // namespace ferrule::cli

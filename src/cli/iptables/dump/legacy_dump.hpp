// What -vv adds with legacy tables: the table as the kernel holds it, entry by entry.
#pragma once

#include <string>

#include "ferrule/types.hpp"

namespace ferrule::cli {

// As libiptc prints it for its developers. The table comes into being if it is not there; empty where it cannot be
// read.
std::string legacy_dump(Family family, TableId table);

}  // namespace ferrule::cli

// What iptables-save printed, as a Ruleset.
#pragma once

#include <optional>
#include <string_view>

#include "ferrule/error.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/types.hpp"

namespace ferrule::exec {

// Reads the output of `*-save -c`. Rules that are not understood here are kept as text (Rule::foreign_text): whoever
// printed them can read them. The remarks of iptables-nft-save about what it cannot show become Table::incompatible and
// Table::foreign. Thread-safe.
Result<Ruleset> ruleset_from_save(Family family, std::string_view text, std::optional<TableId> only = {});

}  // namespace ferrule::exec

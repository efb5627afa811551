// -L and -S as lines of iptables-restore input.
#pragma once

#include "iptables/restore_verbose.hpp"
#include "iptables/table_in_progress.hpp"

namespace ferrule::cli {

// Appends the listing that `line` asks for. False, and `said` tells why, where it cannot be made.
bool list_in_progress(const TableInProgress& table, const PrintingLine& line, const Speech& speech, Said& said);

}  // namespace ferrule::cli

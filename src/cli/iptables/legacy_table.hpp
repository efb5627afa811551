// Legacy tables that come into being by being looked at.
#pragma once

#include <string_view>

#include "ferrule/types.hpp"

namespace ferrule::cli {

// Asks the kernel about the table, and thereby has it made in the calling thread's namespace where it is not there yet,
// as every listing by iptables-legacy does: programs such as firehol list first, and then work on the tables that
// /proc/net/ip_tables_names names. Whether there is such a table is for the listing itself to find out.
void touch_legacy_table(Family family, TableId table);

// The same for any name; what the kernel says to it, as errno has it, 0 where there is such a table.
int ask_for_legacy_table(Family family, std::string_view table);

// Whether the kernel would answer; makes nothing.
bool may_ask_for_legacy_tables(Family family);

}  // namespace ferrule::cli

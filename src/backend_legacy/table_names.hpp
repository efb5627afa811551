// Which legacy tables a namespace has. Asking a table itself would create it; this only reads what the kernel lists.
#pragma once

#include <string_view>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/types.hpp"

namespace ferrule::legacy {

// The tables instantiated in the calling thread's network namespace, newest first, which is the order of
// iptables-legacy-save. Empty where this kernel has no legacy iptables of that family (or has not loaded it yet).
// kPermission for those who may not read it, kSystem without /proc.
Result<std::vector<TableId>> instantiated_tables(Family family);

// The same from the file's text: one name per line. Names that iptables does not know are passed over.
std::vector<TableId> parse_table_names(std::string_view text);

}  // namespace ferrule::legacy

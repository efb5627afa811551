// The kernel's table through libiptc: libip4tc and libip6tc, the library that iptables-legacy itself stands on.
#pragma once

#include <memory>

#include "backend_legacy/editable_table.hpp"
#include "ferrule/error.hpp"
#include "ferrule/types.hpp"

namespace ferrule::legacy {

// Reads the table as it is now, in the namespace that the thread is in; the kernel creates it when it does not exist.
// libiptc's socket is a raw one: CAP_NET_RAW is needed besides CAP_NET_ADMIN.
Result<std::unique_ptr<EditableTable>> open_libiptc_table(Family family, TableId table);

}  // namespace ferrule::legacy

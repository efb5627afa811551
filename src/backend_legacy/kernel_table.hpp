// The kernel's table, to be changed: read as a blob, edited in memory, and written back whole with SET_REPLACE.
#pragma once

#include <memory>

#include "backend_legacy/editable_table.hpp"
#include "ferrule/error.hpp"
#include "ferrule/types.hpp"

namespace ferrule::legacy {

// Reads the table as it is now, in the namespace that the thread is in; the kernel creates it when it does not exist.
Result<std::unique_ptr<EditableTable>> open_kernel_table(Family family, TableId table);

}  // namespace ferrule::legacy

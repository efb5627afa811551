// Carrying out the operations of a transaction on one table, as iptables-legacy and iptables-legacy-restore do.
#pragma once

#include <cstdint>

#include "backend/sets.hpp"
#include "backend_legacy/editable_table.hpp"
#include "ferrule/error.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::legacy {

// What there is to commit afterwards.
enum class Edited : uint8_t { kNothing, kSomething };

// Carries out `change` up to its first operation that fails. Errors have table, chain and the operation's
// origin. Existing::kReplace empties the table first: base chains keep their policies until an operation sets them.
Result<Edited> apply_operations(const TableChange& change, EditableTable& table, SetNames& sets);

}  // namespace ferrule::legacy

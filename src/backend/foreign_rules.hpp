// Rules that native backends must leave to a binary.
#pragma once

#include "ferrule/error.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule {

// Fails with kUnsupported for the first rule that is known as text only (Rule::foreign_text), naming its line and the
// match or target at fault. A native backend asks this before it does anything. Thread-safe.
Result<void> refuse_foreign_rules(const Transaction& transaction);
Result<void> refuse_foreign_rules(const TableChange& change);

}  // namespace ferrule

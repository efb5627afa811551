// What is left to do of a transaction where some of it is there already. Pure.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule {

// A rule as this backend would show it once it is in the kernel, which does not keep everything (nf_tables rounds the
// rate of a limit, say).
using ReadBack = std::function<Result<Rule>(const Rule&)>;

// The operations that make the tables in `now` what `wanted` says: Engine::ensure tells what that means. `now` has each
// family that `wanted` names once; a table that is not in it holds nothing. Empty when there is nothing to do. Its
// rules share their bytes with those of `wanted`. Errors are those of desired_tables and of `read_back`, with their
// lines.
Result<Transaction> difference(std::span<const Ruleset> now, const Transaction& wanted, const ReadBack& read_back);

using ReadTable = std::function<Result<Ruleset>(Family, TableId)>;

// The tables that `wanted` names, each read by `read` once.
Result<std::vector<Ruleset>> read_tables_of(const Transaction& wanted, const ReadTable& read);

}  // namespace ferrule

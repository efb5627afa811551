// What iptables cannot show of a table, in words: what a listing leaves out, and what replacing the table removes.
#pragma once

#include <string>
#include <vector>

#include "ferrule/engine.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::cli {

// E.g. "rule 1 of chain PREROUTING in table ip raw, which iptables cannot show: lookup".
std::vector<std::string> describe_foreign(const Ruleset& ruleset);

// The same of the tables that `transaction` replaces. Reads them, and nothing where it replaces none.
Result<std::vector<std::string>> foreign_to_go(const Engine& engine, const Context& context,
                                               const Transaction& transaction);

}  // namespace ferrule::cli

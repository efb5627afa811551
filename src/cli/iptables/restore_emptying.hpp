// How iptables-nft-restore -v begins with a table.
#pragma once

#include <vector>

#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::cli {

// Whether what the operation does to its chain, or to all, makes base chains that nf_tables does not have.
bool makes_base_chains(const Operation& operation);

// It does not begin with a table of its own, but flushes and deletes the chains that it names. Base chains come into
// being; policies stay, but for chains that it then uses: it has forgotten that they are there, and makes them anew.
// `before` are the chains that the table had.
void empty_chain_by_chain(TableChange& change, const std::vector<Chain>& before);

}  // namespace ferrule::cli

// read_ruleset: what iptables-nft-save would print, as a Ruleset.
#pragma once

#include <optional>

#include "ferrule/error.hpp"
#include "ferrule/ruleset.hpp"
#include "netlink/socket.hpp"

namespace ferrule::nft {

// All of it is of one generation; kBusy where the rules never hold still for that long. See Backend::snapshot.
// Whether sets, maps, objects and flowtables are read too, to be named in Table::foreign.
enum class Objects : uint8_t { kLeaveOut, kName };
Result<Ruleset> read_ruleset(netlink::Socket& socket, Family family, std::optional<TableId> only, Objects objects);

// The same of one chain, without reading the others. See Backend::chain.
Result<Table> read_one_chain(netlink::Socket& socket, Family family, TableId table, const ChainName& name);

}  // namespace ferrule::nft

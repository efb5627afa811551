// Reading tables, chains and rules from the kernel. A dump that somebody's change tore is kBusy: the caller starts
// over.
#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "backend_nft/chain_info.hpp"
#include "ferrule/error.hpp"
#include "ferrule/types.hpp"
#include "netlink/attributes.hpp"
#include "netlink/socket.hpp"

namespace ferrule::nft {

using netlink::Bytes;

// The ruleset of a namespace begins with this one, and each change makes another.
inline constexpr uint32_t kFirstGeneration = 1;

// Which of the tables that iptables knows exist, and the generation of which that is true.
class TablesInfo {
 public:
  uint32_t generation = 0;
  bool has(Family family, TableId table) const { return tables_[index(family, table)]; }
  bool none() const { return tables_.none(); }
  void add(Family family, TableId table) { tables_.set(index(family, table)); }
  friend bool operator==(const TablesInfo& a, const TablesInfo& b) { return a.tables_ == b.tables_; }

 private:
  static size_t index(Family family, TableId table) {
    return static_cast<size_t>(table) + (family == Family::ipv6 ? kAllTables.size() : 0);
  }
  std::bitset<2 * kAllTables.size()> tables_;
};

// A rule of a dump; valid only while it is handed over.
struct RuleView {
  std::string_view chain;
  uint64_t handle = 0;
  Bytes expressions;
  Bytes userdata;
};

Result<uint32_t> read_generation(netlink::Socket& socket);
// Both in one go.
Result<TablesInfo> read_tables(netlink::Socket& socket);
// nullopt when there is no such chain.
Result<std::optional<ChainInfo>> read_chain(netlink::Socket& socket, Family family, TableId table,
                                            std::string_view name);
// The chains of all tables of the family, in the order of their making.
Result<std::vector<ChainInfo>> read_chains(netlink::Socket& socket, Family family);
// A set, map, named object or flowtable: iptables has none of them.
struct ObjectInfo {
  std::string table;
  std::string text;  // its kind and name, e.g. "set bad"
};
// Those of all tables of the family, without the anonymous sets that belong to rules.
Result<std::vector<ObjectInfo>> read_objects(netlink::Socket& socket, Family family);
// The rules of a table, or of one chain of it, in order.
Result<void> read_rules(netlink::Socket& socket, Family family, TableId table, std::string_view chain,
                        const std::function<void(const RuleView&)>& take);

}  // namespace ferrule::nft

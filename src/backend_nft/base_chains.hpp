// The base chains that iptables-nft makes, in its own numbers. A base chain is iptables' own if hook, priority, type
// and name all agree with this table; every other one is foreign to it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "ferrule/types.hpp"

namespace ferrule::nft {

struct BaseChain {
  std::string_view name;
  Hook hook;
  std::string_view type;
  int32_t priority;
};

// In hook order.
std::span<const BaseChain> base_chains(TableId table);

// Null where the table has none of that name.
const BaseChain* base_chain(TableId table, std::string_view name);

// In the order in which iptables-nft-save prints them.
inline constexpr std::array kSaveOrder = {TableId::mangle, TableId::security, TableId::raw, TableId::filter,
                                          TableId::nat};

}  // namespace ferrule::nft

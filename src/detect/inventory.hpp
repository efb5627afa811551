// The names of binaries that are looked for, and short words for the public types.
#pragma once

#include <array>
#include <string_view>

#include "ferrule/inventory.hpp"

namespace ferrule::detect {

using Variant = BinaryVariant;
using ToolVersion = BinaryVersion;
using ferrule::Binary;
using ferrule::Inventory;
using ferrule::UnusableBinary;

inline std::string_view variant_name(Variant variant) { return binary_variant_name(variant); }

// The names that are looked for: each family's plain, legacy and nft tools, then the two files that are all of them.
inline constexpr std::array<std::string_view, 20> kBinaryNames = {"iptables",
                                                                  "iptables-save",
                                                                  "iptables-restore",
                                                                  "iptables-legacy",
                                                                  "iptables-nft",
                                                                  "iptables-legacy-save",
                                                                  "iptables-legacy-restore",
                                                                  "iptables-nft-save",
                                                                  "iptables-nft-restore",
                                                                  "ip6tables",
                                                                  "ip6tables-save",
                                                                  "ip6tables-restore",
                                                                  "ip6tables-legacy",
                                                                  "ip6tables-nft",
                                                                  "ip6tables-legacy-save",
                                                                  "ip6tables-legacy-restore",
                                                                  "ip6tables-nft-save",
                                                                  "ip6tables-nft-restore",
                                                                  "xtables-legacy-multi",
                                                                  "xtables-nft-multi"};

}  // namespace ferrule::detect

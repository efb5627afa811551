// A table of nf_tables as the kernel tells it, for what -vv prints.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "iptables/dump/nft_objects.hpp"

namespace ferrule::cli {

struct NftKernelTable {
  bool exists = false;
  std::vector<NftChain> chains = {};                                    // in the order of their making
  std::map<std::string, std::vector<NftRule>, std::less<>> rules = {};  // by chain, in their order

  std::span<const NftRule> rules_of(std::string_view chain) const {
    const auto found = rules.find(chain);
    return found == rules.end() ? std::span<const NftRule>() : found->second;
  }
};

// Of the calling process' network namespace, with the rules of the chains that `wants_rules` says; without any where
// there is no such function. Nothing where it cannot be read.
std::optional<NftKernelTable> read_nft_kernel_table(const NftPlace& place,
                                                    const std::function<bool(std::string_view chain)>& wants_rules);

}  // namespace ferrule::cli

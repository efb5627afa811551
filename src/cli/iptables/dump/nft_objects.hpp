// Tables, chains and rules of nf_tables as iptables-nft sends them, and what -vv and -vvv print of each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ferrule/types.hpp"
#include "iptables/dump/nft_attributes.hpp"

namespace ferrule::cli {

struct NftPlace {
  Family family;
  TableId table;
};

struct NftChain {
  struct Base {
    uint32_t hook = 0;
    int32_t priority = 0;
    std::string type = {};
  };
  std::string name = {};
  std::optional<uint64_t> handle = {};  // only where a message names it
  std::optional<Base> base = {};
  std::optional<uint32_t> policy = {};
  std::optional<uint32_t> use = {};
  std::optional<Counters> counters = {};
  std::optional<uint32_t> flags = {};
};

struct NftRule {
  struct Compat {
    uint32_t protocol = 0;
    uint32_t flags = 0;
  };
  std::string chain = {};  // empty: of the whole table
  std::optional<uint64_t> handle = {};
  std::optional<uint64_t> position = {};
  std::optional<uint32_t> id = {};
  std::optional<uint32_t> position_id = {};
  std::vector<std::byte> expressions = {};  // attributes NFTA_LIST_ELEM, as libnftnl writes them
  std::optional<Compat> compat = {};
  std::vector<std::byte> userdata = {};
};

// From the attributes of a message about one.
NftChain read_nft_chain(const NftAttributes& attributes);
NftRule read_nft_rule(const NftAttributes& attributes);

std::string nft_table_text(const NftPlace& place);
std::string nft_chain_text(const NftPlace& place, const NftChain& chain);
std::string nft_rule_text(const NftPlace& place, const NftRule& rule);
// Of a message that takes away all rules of a chain, or of the table.
std::string nft_flush_text(const NftPlace& place, const NftRule& rule);

// Whole messages, of the NFT_MSG_ types.
std::vector<std::byte> nft_table_message(const NftPlace& place, uint16_t type, uint32_t sequence);
std::vector<std::byte> nft_chain_message(const NftPlace& place, const NftChain& chain, uint16_t type,
                                         uint32_t sequence);
std::vector<std::byte> nft_rule_message(const NftPlace& place, const NftRule& rule, uint16_t type, uint32_t sequence);

// The same expressions with their attributes in the order in which libnftnl writes them; the kernel's may be another.
std::vector<std::byte> nft_expressions_in_order(NftBytes expressions);

}  // namespace ferrule::cli

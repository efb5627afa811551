// Expressions of nf_tables as libnftnl shows them to developers, which -vv prints.
#pragma once

#include <string>

#include "iptables/dump/nft_attributes.hpp"

namespace ferrule::cli {

// `payload load 2b @ transport header + 2 => reg 1 `, from the payload of an NFTA_LIST_ELEM: each part is followed by a
// blank. Of expressions that libnftnl does not know, just the name.
std::string nft_expression_text(NftBytes expression);

// Parts that several expressions have.
std::string nft_data_text(NftBytes data);

// Expressions that only nft writes; empty for any other name.
std::string nft_foreign_expression_text(std::string_view name, const NftAttributes& attributes);

}  // namespace ferrule::cli

// What -vvv adds for each message to nf_tables: its bytes.
#pragma once

#include <string>

#include "iptables/dump/nft_attributes.hpp"

namespace ferrule::cli {

// As libmnl shows a message of netfilter (struct nlmsghdr, struct nfgenmsg, attributes) to developers: four bytes a
// line, attribute headers in colours.
std::string nft_message_text(NftBytes message);

}  // namespace ferrule::cli

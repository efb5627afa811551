// Addresses with masks in payloads, as -L prints them.
#pragma once

#include <linux/netfilter.h>

#include "extensions/codec.hpp"
#include "extensions/text.hpp"

namespace ferrule::ext {

// "192.0.2.0/24", without a mask where it is full; with names "anywhere" for the address 0, whatever its mask, or the
// name of a host. No space before.
void raw_network(const PrintCall& call, const nf_inet_addr& address, const nf_inet_addr& mask, Text& out);

}  // namespace ferrule::ext

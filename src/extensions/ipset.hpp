// Set names and directions in payloads (the SET target, the set match): <linux/netfilter/xt_set.h>. The payload has the
// set's index, which differs per namespace, so the name travels as an attachment at the index field and whoever writes
// to the kernel resolves it.
#pragma once

#include <linux/netfilter/xt_set.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "extensions/codec.hpp"
#include "extensions/text.hpp"

namespace ferrule::ext {

// Reads NAME DIR[,DIR...] from `call.text` and `call.second` into `set`; `offset` is that of its index in the payload.
// The index remains IPSET_INVALID_ID.
Result<void> read_set(OptionCall& call, uint32_t offset, xt_set_info& set);

// What iptables says of an option with a set that comes twice; else nothing.
std::string refusal_of_set(const OptionCall& call, Refusal why);

// A space, the set's name (its index where the name is not known), a space and the directions.
void put_set(const PrintCall& call, uint32_t offset, const xt_set_info& set, Text& out);

// Revision 0 says the directions one by one. Other flags are left alone.
xt_set_info load_set(const xt_set_info_v0& old);
void store_set(const xt_set_info& set, xt_set_info_v0& old);

// No set is meant.
inline constexpr xt_set_info kNoSet = {IPSET_INVALID_ID, 0, 0};
inline bool is_given(const xt_set_info& set) { return set.dim != 0; }

}  // namespace ferrule::ext

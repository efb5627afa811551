// Names of connection states and statuses, for the conntrack and state matches.
#pragma once

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_conntrack.h>

#include <array>
#include <span>

#include "extensions/lists.hpp"

namespace ferrule::ext {

inline constexpr std::array<NamedBits, 7> kConnectionStates = {
    {{"INVALID", XT_CONNTRACK_STATE_INVALID},
     {"NEW", XT_CONNTRACK_STATE_BIT(IP_CT_NEW)},
     {"RELATED", XT_CONNTRACK_STATE_BIT(IP_CT_RELATED)},
     {"ESTABLISHED", XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED)},
     {"UNTRACKED", XT_CONNTRACK_STATE_UNTRACKED},
     {"SNAT", XT_CONNTRACK_STATE_SNAT},
     {"DNAT", XT_CONNTRACK_STATE_DNAT}}};
// Those that --state knows.
inline constexpr auto kPlainStates = std::span(kConnectionStates).first<5>();

inline constexpr ListRules kStateList = {
    kPlainStates,
    Spelling::kBeginning,
    EmptyItems::kUnknown,
    "Bad state \"",
    "\"",
    "\"--state\" requires a list of states with no spaces, e.g. ESTABLISHED,RELATED"};

}  // namespace ferrule::ext

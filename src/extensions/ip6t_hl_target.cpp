// HL: struct ip6t_HL_info in <linux/netfilter_ipv6/ip6t_HL.h>.
#include <linux/netfilter_ipv6/ip6t_HL.h>

#include "extensions/hop_limit_target.hpp"

namespace ferrule::ext {
namespace {

static_assert(IP6T_HL_SET == kSetHops && IP6T_HL_INC == kIncreaseHops && IP6T_HL_DEC == kDecreaseHops);

constexpr std::string_view kName = "HL";
constexpr std::array kOptions = {hop_limit_row(kSetHops, "hl-set", "the new hop limit"),
                                 hop_limit_row(kIncreaseHops, "hl-inc", "add to the hop limit"),
                                 hop_limit_row(kDecreaseHops, "hl-dec", "take from the hop limit")};

using Codec = HopLimit<ip6t_HL_info, &ip6t_HL_info::hop_limit, kName, kOptions>;

}  // namespace

extern constinit const Extension kTargetHl = make_extension<Codec>({.kind = Kind::target,
                                                                    .name = kName,
                                                                    .families = Families::ipv6,
                                                                    .options = kOptions,
                                                                    .summary = "change the hop limit"});

}  // namespace ferrule::ext

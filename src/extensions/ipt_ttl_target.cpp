// TTL: struct ipt_TTL_info in <linux/netfilter_ipv4/ipt_TTL.h>.
#include <linux/netfilter_ipv4/ipt_TTL.h>

#include "extensions/hop_limit_target.hpp"

namespace ferrule::ext {
namespace {

static_assert(IPT_TTL_SET == kSetHops && IPT_TTL_INC == kIncreaseHops && IPT_TTL_DEC == kDecreaseHops);

constexpr std::string_view kName = "TTL";
constexpr std::array kOptions = {hop_limit_row(kSetHops, "ttl-set", "the new time to live"),
                                 hop_limit_row(kIncreaseHops, "ttl-inc", "add to the time to live"),
                                 hop_limit_row(kDecreaseHops, "ttl-dec", "take from the time to live")};

}  // namespace

extern constinit const Extension kTargetTtl =
    make_extension<HopLimit<ipt_TTL_info, &ipt_TTL_info::ttl, kName, kOptions>>({.kind = Kind::target,
                                                                                 .name = kName,
                                                                                 .families = Families::ipv4,
                                                                                 .options = kOptions,
                                                                                 .summary = "change the time to live"});

}  // namespace ferrule::ext

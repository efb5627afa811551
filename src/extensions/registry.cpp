#include "extensions/registry.hpp"

#include <algorithm>
#include <array>

namespace ferrule::ext {

// Matches, in the order of their names; of one name, the newest revision first.
extern const Extension kMatchAddrtypeR1;
extern const Extension kMatchAddrtypeR0;
extern const Extension kMatchAh;
extern const Extension kMatchAh6;
extern const Extension kMatchComment;
extern const Extension kMatchConnbytes;
extern const Extension kMatchConnlabel;
extern const Extension kMatchConnlimit;
extern const Extension kMatchConnmark;
extern const Extension kMatchConntrackR3;
extern const Extension kMatchConntrackR2;
extern const Extension kMatchConntrackR1;
extern const Extension kMatchCpu;
extern const Extension kMatchDccp;
extern const Extension kMatchDevgroup;
extern const Extension kMatchDscp;
extern const Extension kMatchEcn;
extern const Extension kMatchEsp;
extern const Extension kMatchHelper;
extern const Extension kMatchHl;
extern const Extension kMatchIcmp;
extern const Extension kMatchIcmp6;
extern const Extension kMatchIcmpv6;
extern const Extension kMatchIpcomp;
extern const Extension kMatchIprange;
extern const Extension kMatchIpv6Icmp;
extern const Extension kMatchLength;
extern const Extension kMatchLimit;
extern const Extension kMatchMac;
extern const Extension kMatchMark;
extern const Extension kMatchMultiport;
extern const Extension kMatchOwner;
extern const Extension kMatchPhysdev;
extern const Extension kMatchPkttype;
extern const Extension kMatchQuota;
extern const Extension kMatchRealm;
extern const Extension kMatchRpfilter;
extern const Extension kMatchSctp;
extern const Extension kMatchSetR4;
extern const Extension kMatchSetR3;
extern const Extension kMatchSetR2;
extern const Extension kMatchSetR1;
extern const Extension kMatchSetR0;
extern const Extension kMatchSocketR3;
extern const Extension kMatchSocketR2;
extern const Extension kMatchSocketR1;
extern const Extension kMatchSocketR0;
extern const Extension kMatchStateR3;
extern const Extension kMatchStateR2;
extern const Extension kMatchStateR1;
extern const Extension kMatchStateR0;
extern const Extension kMatchStatistic;
extern const Extension kMatchTcp;
extern const Extension kMatchTcpmss;
extern const Extension kMatchTos;
extern const Extension kMatchTtl;
extern const Extension kMatchUdp;

// Targets, likewise.

namespace {

// One in each line, so that two changes meet less often.
// clang-format off
constexpr std::array kExtensions = {
    // matches
    &kMatchAddrtypeR1,
    &kMatchAddrtypeR0,
    &kMatchAh,
    &kMatchAh6,
    &kMatchComment,
    &kMatchConnbytes,
    &kMatchConnlabel,
    &kMatchConnlimit,
    &kMatchConnmark,
    &kMatchConntrackR3,
    &kMatchConntrackR2,
    &kMatchConntrackR1,
    &kMatchCpu,
    &kMatchDccp,
    &kMatchDevgroup,
    &kMatchDscp,
    &kMatchEcn,
    &kMatchEsp,
    &kMatchHelper,
    &kMatchHl,
    &kMatchIcmp,
    &kMatchIcmp6,
    &kMatchIcmpv6,
    &kMatchIpcomp,
    &kMatchIprange,
    &kMatchIpv6Icmp,
    &kMatchLength,
    &kMatchLimit,
    &kMatchMac,
    &kMatchMark,
    &kMatchMultiport,
    &kMatchOwner,
    &kMatchPhysdev,
    &kMatchPkttype,
    &kMatchQuota,
    &kMatchRealm,
    &kMatchRpfilter,
    &kMatchSctp,
    &kMatchSetR4,
    &kMatchSetR3,
    &kMatchSetR2,
    &kMatchSetR1,
    &kMatchSetR0,
    &kMatchSocketR3,
    &kMatchSocketR2,
    &kMatchSocketR1,
    &kMatchSocketR0,
    &kMatchStateR3,
    &kMatchStateR2,
    &kMatchStateR1,
    &kMatchStateR0,
    &kMatchStatistic,
    &kMatchTcp,
    &kMatchTcpmss,
    &kMatchTos,
    &kMatchTtl,
    &kMatchUdp,
    // targets
};
// clang-format on

}  // namespace

std::span<const Extension* const> all_extensions() { return kExtensions; }

const Extension* find_by_name(Kind kind, Family family, std::string_view name, uint8_t max_revision) {
  const Extension* best = nullptr;
  for (const Extension* e : kExtensions) {
    if (e->kind == kind && e->name == name && has_family(e->families, family) && e->revision <= max_revision &&
        (best == nullptr || e->revision > best->revision)) {
      best = e;
    }
  }
  return best;
}

const Extension* find_by_payload(Kind kind, Family family, std::string_view kernel_name, uint8_t revision,
                                 size_t payload_size) {
  const auto found = std::find_if(kExtensions.begin(), kExtensions.end(), [&](const Extension* e) {
    return e->kind == kind && e->name == e->kernel_name && e->kernel_name == kernel_name && e->revision == revision &&
           has_family(e->families, family) && e->padded_size() == payload_size;
  });
  return found == kExtensions.end() ? nullptr : *found;
}

}  // namespace ferrule::ext

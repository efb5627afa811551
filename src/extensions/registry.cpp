#include "extensions/registry.hpp"

#include <algorithm>
#include <array>

namespace ferrule::ext {

// Matches, in the order of their names; of one name, the newest revision first.
extern const Extension kMatchAddrtypeR1;
extern const Extension kMatchAddrtypeR0;
extern const Extension kMatchAh;
extern const Extension kMatchAh6;
extern const Extension kMatchBpfR1;
extern const Extension kMatchBpfR0;
extern const Extension kMatchCgroupR2;
extern const Extension kMatchCgroupR1;
extern const Extension kMatchCgroupR0;
extern const Extension kMatchCluster;
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
extern const Extension kMatchDst;
extern const Extension kMatchEcn;
extern const Extension kMatchEsp;
extern const Extension kMatchEui64;
extern const Extension kMatchFrag;
extern const Extension kMatchHashlimitR3;
extern const Extension kMatchHashlimitR2;
extern const Extension kMatchHashlimitR1;
extern const Extension kMatchHbh;
extern const Extension kMatchHelper;
extern const Extension kMatchHl;
extern const Extension kMatchIcmp;
extern const Extension kMatchIcmp6;
extern const Extension kMatchIcmpv6;
extern const Extension kMatchIpcomp;
extern const Extension kMatchIprange;
extern const Extension kMatchIpv6Header;
extern const Extension kMatchIpv6Icmp;
extern const Extension kMatchIpvs;
extern const Extension kMatchLength;
extern const Extension kMatchLimit;
extern const Extension kMatchMac;
extern const Extension kMatchMark;
extern const Extension kMatchMh;
extern const Extension kMatchMultiport;
extern const Extension kMatchNfacctR1;
extern const Extension kMatchNfacctR0;
extern const Extension kMatchOsf;
extern const Extension kMatchOwner;
extern const Extension kMatchPhysdev;
extern const Extension kMatchPkttype;
extern const Extension kMatchPolicy;
extern const Extension kMatchQuota;
extern const Extension kMatchRateest;
extern const Extension kMatchRealm;
extern const Extension kMatchRecentR1;
extern const Extension kMatchRecentR0;
extern const Extension kMatchRpfilter;
extern const Extension kMatchRt;
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
extern const Extension kMatchSrhR1;
extern const Extension kMatchSrhR0;
extern const Extension kMatchStateR3;
extern const Extension kMatchStateR2;
extern const Extension kMatchStateR1;
extern const Extension kMatchStateR0;
extern const Extension kMatchStatistic;
extern const Extension kMatchStringR1;
extern const Extension kMatchStringR0;
extern const Extension kMatchTcp;
extern const Extension kMatchTcpmss;
extern const Extension kMatchTime;
extern const Extension kMatchTos;
extern const Extension kMatchTtl;
extern const Extension kMatchU32;
extern const Extension kMatchUdp;

// Targets, likewise.
extern const Extension kTargetAudit;
extern const Extension kTargetChecksum;
extern const Extension kTargetClassify;
extern const Extension kTargetClusterip;
extern const Extension kTargetConnmarkR2;
extern const Extension kTargetConnmarkR1;
extern const Extension kTargetConnmarkR0;
extern const Extension kTargetConnsecmark;
extern const Extension kTargetCtR2;
extern const Extension kTargetCtR1;
extern const Extension kTargetCtR0;
extern const Extension kTargetDnatR2;
extern const Extension kTargetDnatR1V6;
extern const Extension kTargetDnatR0V4;
extern const Extension kTargetDnpt;
extern const Extension kTargetDscp;
extern const Extension kTargetEcn;
extern const Extension kTargetHl;
extern const Extension kTargetHmark;
extern const Extension kTargetIdletimerR1;
extern const Extension kTargetIdletimerR0;
extern const Extension kTargetLed;
extern const Extension kTargetLog;
extern const Extension kTargetMarkR2;
extern const Extension kTargetMarkR1V4;
extern const Extension kTargetMarkR0;
extern const Extension kTargetMasqueradeV4;
extern const Extension kTargetMasqueradeV6;
extern const Extension kTargetNetmapV4;
extern const Extension kTargetNetmapV6;
extern const Extension kTargetNflog;
extern const Extension kTargetNfqueueR3;
extern const Extension kTargetNfqueueR2;
extern const Extension kTargetNfqueueR1;
extern const Extension kTargetNfqueueR0;
extern const Extension kTargetNotrackR2;
extern const Extension kTargetNotrackR1;
extern const Extension kTargetNotrackR0;
extern const Extension kTargetRateest;
extern const Extension kTargetRedirectV4;
extern const Extension kTargetRedirectV6;
extern const Extension kTargetRejectV4;
extern const Extension kTargetRejectV6;
extern const Extension kTargetSecmarkR1;
extern const Extension kTargetSecmarkR0;
extern const Extension kTargetSetR3;
extern const Extension kTargetSetR2;
extern const Extension kTargetSetR1;
extern const Extension kTargetSetR0V4;
extern const Extension kTargetSnatV4;
extern const Extension kTargetSnatV6;
extern const Extension kTargetSnpt;
extern const Extension kTargetSynproxy;
extern const Extension kTargetTcpmssV4;
extern const Extension kTargetTcpmssV6;
extern const Extension kTargetTcpoptstrip;
extern const Extension kTargetTee;
extern const Extension kTargetTosR1;
extern const Extension kTargetTosR0V4;
extern const Extension kTargetTproxyR1;
extern const Extension kTargetTproxyR0V4;
extern const Extension kTargetTrace;
extern const Extension kTargetTtl;
extern const Extension kTargetUlog;

namespace {

// Matches, then targets, sorted by name: look-ups go by it. One in each line, so that two changes meet less often.
// clang-format off
constexpr std::array kExtensions = {
    // matches
    &kMatchAddrtypeR1,
    &kMatchAddrtypeR0,
    &kMatchAh,
    &kMatchAh6,
    &kMatchBpfR1,
    &kMatchBpfR0,
    &kMatchCgroupR2,
    &kMatchCgroupR1,
    &kMatchCgroupR0,
    &kMatchCluster,
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
    &kMatchDst,
    &kMatchEcn,
    &kMatchEsp,
    &kMatchEui64,
    &kMatchFrag,
    &kMatchHashlimitR3,
    &kMatchHashlimitR2,
    &kMatchHashlimitR1,
    &kMatchHbh,
    &kMatchHelper,
    &kMatchHl,
    &kMatchIcmp,
    &kMatchIcmp6,
    &kMatchIcmpv6,
    &kMatchIpcomp,
    &kMatchIprange,
    &kMatchIpv6Icmp,
    &kMatchIpv6Header,
    &kMatchIpvs,
    &kMatchLength,
    &kMatchLimit,
    &kMatchMac,
    &kMatchMark,
    &kMatchMh,
    &kMatchMultiport,
    &kMatchNfacctR1,
    &kMatchNfacctR0,
    &kMatchOsf,
    &kMatchOwner,
    &kMatchPhysdev,
    &kMatchPkttype,
    &kMatchPolicy,
    &kMatchQuota,
    &kMatchRateest,
    &kMatchRealm,
    &kMatchRecentR1,
    &kMatchRecentR0,
    &kMatchRpfilter,
    &kMatchRt,
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
    &kMatchSrhR1,
    &kMatchSrhR0,
    &kMatchStateR3,
    &kMatchStateR2,
    &kMatchStateR1,
    &kMatchStateR0,
    &kMatchStatistic,
    &kMatchStringR1,
    &kMatchStringR0,
    &kMatchTcp,
    &kMatchTcpmss,
    &kMatchTime,
    &kMatchTos,
    &kMatchTtl,
    &kMatchU32,
    &kMatchUdp,
    // targets
    &kTargetAudit,
    &kTargetChecksum,
    &kTargetClassify,
    &kTargetClusterip,
    &kTargetConnmarkR2,
    &kTargetConnmarkR1,
    &kTargetConnmarkR0,
    &kTargetConnsecmark,
    &kTargetCtR2,
    &kTargetCtR1,
    &kTargetCtR0,
    &kTargetDnatR2,
    &kTargetDnatR1V6,
    &kTargetDnatR0V4,
    &kTargetDnpt,
    &kTargetDscp,
    &kTargetEcn,
    &kTargetHl,
    &kTargetHmark,
    &kTargetIdletimerR1,
    &kTargetIdletimerR0,
    &kTargetLed,
    &kTargetLog,
    &kTargetMarkR2,
    &kTargetMarkR1V4,
    &kTargetMarkR0,
    &kTargetMasqueradeV4,
    &kTargetMasqueradeV6,
    &kTargetNetmapV4,
    &kTargetNetmapV6,
    &kTargetNflog,
    &kTargetNfqueueR3,
    &kTargetNfqueueR2,
    &kTargetNfqueueR1,
    &kTargetNfqueueR0,
    &kTargetNotrackR2,
    &kTargetNotrackR1,
    &kTargetNotrackR0,
    &kTargetRateest,
    &kTargetRedirectV4,
    &kTargetRedirectV6,
    &kTargetRejectV4,
    &kTargetRejectV6,
    &kTargetSecmarkR1,
    &kTargetSecmarkR0,
    &kTargetSetR3,
    &kTargetSetR2,
    &kTargetSetR1,
    &kTargetSetR0V4,
    &kTargetSnatV4,
    &kTargetSnatV6,
    &kTargetSnpt,
    &kTargetSynproxy,
    &kTargetTcpmssV4,
    &kTargetTcpmssV6,
    &kTargetTcpoptstrip,
    &kTargetTee,
    &kTargetTosR1,
    &kTargetTosR0V4,
    &kTargetTproxyR1,
    &kTargetTproxyR0V4,
    &kTargetTrace,
    &kTargetTtl,
    &kTargetUlog,
};
// clang-format on

using Named = std::span<const Extension* const>;

Named search(Kind kind, std::string_view name) {
  const auto before = [](const Extension* e, const std::pair<Kind, std::string_view>& wanted) {
    return e->kind != wanted.first ? e->kind < wanted.first : e->name < wanted.second;
  };
  const auto* const first = std::lower_bound(kExtensions.begin(), kExtensions.end(), std::pair(kind, name), before);
  const auto* const last =
      std::find_if(first, kExtensions.end(), [&](const Extension* e) { return e->kind != kind || e->name != name; });
  return {first, last};
}

// All revisions and families of the extension with that name. Rules name few extensions, over and over: what a thread
// has found before is found without a search.
Named named(Kind kind, std::string_view name) {
  thread_local constinit std::array<Named, 64> found_before{};
  if (name.empty()) return {};
  const auto value = [](char c) { return size_t{static_cast<unsigned char>(c)}; };
  Named& slot = found_before[(value(name.front()) * 7 + value(name.back()) + name.size()) % found_before.size()];
  if (!slot.empty() && slot.front()->kind == kind && slot.front()->name == name) return slot;
  const Named found = search(kind, name);
  if (!found.empty()) slot = found;
  return found;
}

}  // namespace

std::span<const Extension* const> all_extensions() { return kExtensions; }

const Extension* find_by_name(Kind kind, Family family, std::string_view name, uint8_t max_revision) {
  const Extension* best = nullptr;
  for (const Extension* e : named(kind, name)) {
    if (has_family(e->families, family) && e->revision <= max_revision &&
        (best == nullptr || e->revision > best->revision)) {
      best = e;
    }
  }
  return best;
}

const Extension* find_by_payload(Kind kind, Family family, std::string_view kernel_name, uint8_t revision,
                                 size_t payload_size) {
  const auto all = named(kind, kernel_name);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Extension* e) {
    return e->name == e->kernel_name && e->revision == revision && has_family(e->families, family) &&
           e->padded_size() == payload_size;
  });
  return found == all.end() ? nullptr : *found;
}

}  // namespace ferrule::ext

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <algorithm>
#include <cstring>

#include "backend_nft/header_fields.hpp"

namespace ferrule::nft {
namespace {

constexpr uint16_t kMaxPort = 0xffff;

uint8_t byte_at(Bytes bytes, size_t i) { return std::to_integer<uint8_t>(bytes[i]); }
uint16_t port_at(Bytes bytes, size_t i) {
  return static_cast<uint16_t>(byte_at(bytes, i) << 8 | byte_at(bytes, i + 1));
}

bool has_gaps(Bytes mask) {
  return std::any_of(mask.begin(), mask.end(), [](std::byte byte) { return byte != std::byte{0xff}; });
}

static_assert(XT_TCP_INV_SRCPT == XT_UDP_INV_SRCPT && XT_TCP_INV_DSTPT == XT_UDP_INV_DSTPT);
// NOLINTNEXTLINE(misc-redundant-expression): two macros that happen to be equal
static_assert(sizeof(ipt_icmp) == sizeof(ip6t_icmp) && IPT_ICMP_INV == IP6T_ICMP_INV);

template <typename Info>
void narrow(Info& info, bool source, uint16_t low, uint16_t high, bool inverted) {
  auto& ports = source ? info.spts : info.dpts;
  ports[0] = std::max(ports[0], low);
  ports[1] = std::min(ports[1], high);
  if (inverted) info.invflags |= source ? XT_TCP_INV_SRCPT : XT_TCP_INV_DSTPT;
}

}  // namespace

// low..high, or everything else.
struct TransportHeader::Bounds {
  uint16_t low = 0;
  uint16_t high = kMaxPort;
  bool inverted = false;
  bool one_sided = false;  // may be narrowed by a second comparison
};

size_t TransportHeader::port_match(RuleAssembly& rule) {
  if (port_match_) return *port_match_;
  if (rule.selectors().protocol == IPPROTO_TCP) {
    xt_tcp tcp{};
    tcp.spts[1] = tcp.dpts[1] = kMaxPort;
    port_match_ = rule.add_match("tcp", 0, tcp);
  } else {
    xt_udp udp{};
    udp.spts[1] = udp.dpts[1] = kMaxPort;
    port_match_ = rule.add_match("udp", 0, udp);
  }
  return *port_match_;
}

Reading TransportHeader::set_port(RuleAssembly& rule, uint32_t offset, const Bounds& bounds) {
  const bool source = offset == 0;
  PortState& state = ports_[source ? 0 : 1];
  if (state == PortState::fixed || (state == PortState::bounded && !bounds.one_sided)) {
    return unreadable("compares a port twice");
  }
  state = bounds.one_sided ? PortState::bounded : PortState::fixed;
  const size_t match = port_match(rule);
  const auto update = [&](auto info) {
    narrow(info, source, bounds.low, bounds.high, bounds.inverted);
    rule.set_payload(match, info);
    return source ? info.spts[0] <= info.spts[1] : info.dpts[0] <= info.dpts[1];
  };
  const bool possible = rule.selectors().protocol == IPPROTO_TCP ? update(rule.payload<xt_tcp>(match))
                                                                 : update(rule.payload<xt_udp>(match));
  // A range that runs backwards is one that iptables can say; two comparisons that leave nothing are not.
  if (!possible && bounds.one_sided) return unreadable("compares a port to an empty range");
  return {};
}

Reading TransportHeader::compare_ports(RuleAssembly& rule, const Loaded& loaded, const Compare& compare) {
  const Bytes data = compare.data;
  if (loaded.offset == 0 && data.size() == 4) {
    // iptables-nft 1.8.8 to 1.8.10 write `! --sport A ! --dport B` as one comparison for inequality. That is not what
    // the kernel makes of it, but what the writer meant, and how they read it.
    if (compare.op != NFT_CMP_EQ && compare.op != NFT_CMP_NEQ)
      return unreadable("compares both ports for less or greater");
    const bool inverted = compare.op == NFT_CMP_NEQ;
    const uint16_t source = port_at(data, 0);
    const uint16_t destination = port_at(data, 2);
    if (auto done = set_port(rule, 0, {.low = source, .high = source, .inverted = inverted}); !done) return done;
    return set_port(rule, 2, {.low = destination, .high = destination, .inverted = inverted});
  }
  if (data.size() != 2) return unreadable("compares a part of the ports");
  const uint16_t port = port_at(data, 0);
  switch (compare.op) {
    case NFT_CMP_EQ:
      return set_port(rule, loaded.offset, {.low = port, .high = port});
    case NFT_CMP_NEQ:
      return set_port(rule, loaded.offset, {.low = port, .high = port, .inverted = true});
    case NFT_CMP_LT:
      if (port == 0) return unreadable("compares a port to an empty range");
      return set_port(rule, loaded.offset, {.high = static_cast<uint16_t>(port - 1), .one_sided = true});
    case NFT_CMP_LTE:
      return set_port(rule, loaded.offset, {.high = port, .one_sided = true});
    case NFT_CMP_GT:
      if (port == kMaxPort) return unreadable("compares a port to an empty range");
      return set_port(rule, loaded.offset, {.low = static_cast<uint16_t>(port + 1), .one_sided = true});
    case NFT_CMP_GTE:
      return set_port(rule, loaded.offset, {.low = port, .one_sided = true});
    default:
      return unreadable("compares a port in an unknown way");
  }
}

Reading TransportHeader::compare_flags(RuleAssembly& rule, const Loaded& loaded, const Compare& compare) {
  if (compare.data.size() != 1 || (compare.op != NFT_CMP_EQ && compare.op != NFT_CMP_NEQ)) {
    return unreadable("compares tcp flags for less or greater");
  }
  if (flags_given_) return unreadable("compares the tcp flags twice");
  flags_given_ = true;
  const size_t match = port_match(rule);
  auto tcp = rule.payload<xt_tcp>(match);
  tcp.flg_mask = loaded.mask.empty() ? uint8_t{0xff} : byte_at(loaded.mask, 0);
  tcp.flg_cmp = byte_at(compare.data, 0);
  if (compare.op == NFT_CMP_NEQ) tcp.invflags |= XT_TCP_INV_FLAGS;
  rule.set_payload(match, tcp);
  return {};
}

Reading TransportHeader::compare_icmp(RuleAssembly& rule, const Loaded& loaded, const Compare& compare) {
  const bool v4 = rule.family() == Family::ipv4;
  if (has_gaps(loaded.mask) || (compare.op != NFT_CMP_EQ && compare.op != NFT_CMP_NEQ)) {
    return unreadable("compares the icmp type or code for more than equality");
  }
  if (loaded.offset == 0 && compare.data.size() <= 2) {
    ipt_icmp icmp{.type = byte_at(compare.data, 0), .code = {0, 0xff}, .invflags = 0};
    if (compare.data.size() == 2) icmp.code[0] = icmp.code[1] = byte_at(compare.data, 1);
    if (compare.op == NFT_CMP_NEQ) icmp.invflags = IPT_ICMP_INV;
    const size_t match = rule.add_match(v4 ? "icmp" : "icmp6", 0, icmp);
    if (compare.op == NFT_CMP_EQ && compare.data.size() == 1) icmp_match_ = match;
    return {};
  }
  if (loaded.offset == 1 && compare.data.size() == 1) {
    if (!icmp_match_ || compare.op != NFT_CMP_EQ) {
      return unreadable(v4 ? "icmp code with any type match not supported"
                           : "icmp6 code with any type match not supported");
    }
    auto icmp = rule.payload<ipt_icmp>(*icmp_match_);
    icmp.code[0] = icmp.code[1] = byte_at(compare.data, 0);
    rule.set_payload(*icmp_match_, icmp);
    icmp_match_.reset();
    return {};
  }
  return unreadable("unexpected payload offset");
}

Reading TransportHeader::compare(RuleAssembly& rule, const Loaded& loaded, const Compare& compare) {
  if (compare.data.size() > loaded.length || (!loaded.mask.empty() && loaded.mask.size() < compare.data.size())) {
    return unreadable("compares more than was loaded");
  }
  const uint16_t protocol = rule.selectors().protocol;
  const uint16_t icmp = rule.family() == Family::ipv4 ? uint16_t{IPPROTO_ICMP} : uint16_t{IPPROTO_ICMPV6};
  if (protocol == icmp) return compare_icmp(rule, loaded, compare);
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) return unreadable("unsupported layer 4 protocol value");
  if (protocol == IPPROTO_TCP && loaded.offset == 13) return compare_flags(rule, loaded, compare);
  if (loaded.offset != 0 && loaded.offset != 2) return unreadable("compares a part of the transport header");
  if (has_gaps(loaded.mask)) return unreadable("compares a port under a mask");
  return compare_ports(rule, loaded, compare);
}

Reading TransportHeader::range(RuleAssembly& rule, const Loaded& loaded, const InRange& range) {
  const uint16_t protocol = rule.selectors().protocol;
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) return unreadable("unsupported layer 4 protocol value");
  if ((loaded.offset != 0 && loaded.offset != 2) || loaded.length < 2 || range.low.size() != 2 ||
      has_gaps(loaded.mask)) {
    return unreadable("compares a part of the transport header");
  }
  return set_port(rule, loaded.offset,
                  {.low = port_at(range.low, 0), .high = port_at(range.high, 0), .inverted = range.op != NFT_RANGE_EQ});
}

}  // namespace ferrule::nft

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

// xt_tcp and xt_udp begin with the same fields.
static_assert(offsetof(xt_tcp, spts) == 0 && offsetof(xt_udp, spts) == 0);
static_assert(offsetof(xt_tcp, dpts) == 4 && offsetof(xt_udp, dpts) == 4);
constexpr size_t kLow = 0;
constexpr size_t kHigh = sizeof(uint16_t);

// Where the match for the rule's protocol has its inversions.
size_t flags_at(const RuleAssembly& rule) {
  return rule.selectors().protocol == IPPROTO_TCP ? offsetof(xt_tcp, invflags) : offsetof(xt_udp, invflags);
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
  const bool tcp = rule.selectors().protocol == IPPROTO_TCP;
  const size_t match = tcp ? rule.add_match("tcp", 0, sizeof(xt_tcp)) : rule.add_match("udp", 0, sizeof(xt_udp));
  rule.put(match, offsetof(xt_tcp, spts) + kHigh, kMaxPort);
  rule.put(match, offsetof(xt_tcp, dpts) + kHigh, kMaxPort);
  port_match_ = match;
  return match;
}

uint8_t TransportHeader::inversions(RuleAssembly& rule) { return rule.get<uint8_t>(port_match(rule), flags_at(rule)); }

void TransportHeader::invert(RuleAssembly& rule, uint8_t bit) {
  const auto flags = static_cast<uint8_t>(inversions(rule) | bit);
  rule.put(port_match(rule), flags_at(rule), flags);
}

// `-p tcp --dport 22 -m tcp --dport 22` compares one port twice. Of two that differ, iptables shows the last.
Reading TransportHeader::set_port_again(RuleAssembly& rule, bool source, const Bounds& bounds) {
  const size_t match = port_match(rule);
  const size_t ports = source ? offsetof(xt_tcp, spts) : offsetof(xt_tcp, dpts);
  const uint8_t bit = source ? XT_TCP_INV_SRCPT : XT_TCP_INV_DSTPT;
  const bool same = bounds.low == rule.get<uint16_t>(match, ports + kLow) &&
                    bounds.high == rule.get<uint16_t>(match, ports + kHigh) &&
                    bounds.inverted == ((inversions(rule) & bit) != 0);
  if (same) return {};
  rule.put(match, ports + kLow, bounds.low);
  rule.put(match, ports + kHigh, bounds.high);
  if (bounds.inverted) invert(rule, bit);
  rule.overlook("compares a port twice");
  return {};
}

Reading TransportHeader::set_port(RuleAssembly& rule, uint32_t offset, const Bounds& bounds) {
  const bool source = offset == 0;
  PortState& state = ports_[source ? 0 : 1];
  if (state == PortState::fixed && !bounds.one_sided) return set_port_again(rule, source, bounds);
  if (state == PortState::fixed || (state == PortState::bounded && !bounds.one_sided)) {
    return unreadable("compares a port twice");
  }
  state = bounds.one_sided ? PortState::bounded : PortState::fixed;
  const size_t match = port_match(rule);
  const size_t ports = source ? offsetof(xt_tcp, spts) : offsetof(xt_tcp, dpts);
  const auto low = std::max(bounds.low, rule.get<uint16_t>(match, ports + kLow));
  const auto high = std::min(bounds.high, rule.get<uint16_t>(match, ports + kHigh));
  rule.put(match, ports + kLow, low);
  rule.put(match, ports + kHigh, high);
  if (bounds.inverted) invert(rule, source ? XT_TCP_INV_SRCPT : XT_TCP_INV_DSTPT);
  // A range that runs backwards is one that iptables can say; two comparisons that leave nothing are not.
  if (low > high && bounds.one_sided) return unreadable("compares a port to an empty range");
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
  const size_t match = port_match(rule);
  const uint8_t mask = loaded.mask.empty() ? uint8_t{0xff} : byte_at(loaded.mask, 0);
  const uint8_t flags = byte_at(compare.data, 0);
  const bool inverted = compare.op == NFT_CMP_NEQ;
  if (flags_given_) {
    const bool same = mask == rule.get<uint8_t>(match, offsetof(xt_tcp, flg_mask)) &&
                      flags == rule.get<uint8_t>(match, offsetof(xt_tcp, flg_cmp)) &&
                      inverted == ((inversions(rule) & XT_TCP_INV_FLAGS) != 0);
    if (same) return {};
    rule.overlook("compares the tcp flags twice");
  }
  flags_given_ = true;
  rule.put(match, offsetof(xt_tcp, flg_mask), mask);
  rule.put(match, offsetof(xt_tcp, flg_cmp), flags);
  if (inverted) invert(rule, XT_TCP_INV_FLAGS);
  return {};
}

Reading TransportHeader::compare_icmp(RuleAssembly& rule, const Loaded& loaded, const Compare& compare) {
  const bool v4 = rule.family() == Family::ipv4;
  if (has_gaps(loaded.mask) || (compare.op != NFT_CMP_EQ && compare.op != NFT_CMP_NEQ)) {
    return unreadable("compares the icmp type or code for more than equality");
  }
  if (loaded.offset == 0 && compare.data.size() <= 2) {
    const bool any_code = compare.data.size() == 1;
    const size_t match = rule.add_match(v4 ? "icmp" : "icmp6", 0, sizeof(ipt_icmp));
    rule.put(match, offsetof(ipt_icmp, type), byte_at(compare.data, 0));
    rule.put(match, offsetof(ipt_icmp, code), any_code ? uint8_t{0} : byte_at(compare.data, 1));
    rule.put(match, offsetof(ipt_icmp, code) + 1, any_code ? uint8_t{0xff} : byte_at(compare.data, 1));
    if (compare.op == NFT_CMP_NEQ) rule.put(match, offsetof(ipt_icmp, invflags), uint8_t{IPT_ICMP_INV});
    if (compare.op == NFT_CMP_EQ && any_code) icmp_match_ = match;
    return {};
  }
  if (loaded.offset == 1 && compare.data.size() == 1) {
    if (!icmp_match_ && v4) {
      // As iptables has it, this is the code of any type, and the kernel does not look at a code then.
      const size_t match = rule.add_match("icmp", 0, sizeof(ipt_icmp));
      rule.put(match, offsetof(ipt_icmp, type), uint8_t{0xff});
      rule.put(match, offsetof(ipt_icmp, code), byte_at(compare.data, 0));
      rule.put(match, offsetof(ipt_icmp, code) + 1, byte_at(compare.data, 0));
      rule.overlook("compares the icmp code of any type");
      return {};
    }
    if (!icmp_match_ || compare.op != NFT_CMP_EQ) {
      if (!v4) return refused("icmp6 code with any type match not supported");
      return unreadable("compares the icmp code for more than equality");
    }
    rule.put(*icmp_match_, offsetof(ipt_icmp, code), byte_at(compare.data, 0));
    rule.put(*icmp_match_, offsetof(ipt_icmp, code) + 1, byte_at(compare.data, 0));
    icmp_match_.reset();
    return {};
  }
  return refused("unexpected payload offset");
}

Reading TransportHeader::compare(RuleAssembly& rule, const Loaded& loaded, const Compare& compare) {
  if (compare.data.size() > loaded.length || (!loaded.mask.empty() && loaded.mask.size() < compare.data.size())) {
    return unreadable("compares more than was loaded");
  }
  const uint16_t protocol = rule.selectors().protocol;
  const uint16_t icmp = rule.family() == Family::ipv4 ? uint16_t{IPPROTO_ICMP} : uint16_t{IPPROTO_ICMPV6};
  if (protocol == icmp) return compare_icmp(rule, loaded, compare);
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) return refused("unsupported layer 4 protocol value");
  if (protocol == IPPROTO_TCP && loaded.offset == 13) return compare_flags(rule, loaded, compare);
  if (loaded.offset != 0 && loaded.offset != 2) return unreadable("compares a part of the transport header");
  if (has_gaps(loaded.mask)) return unreadable("compares a port under a mask");
  return compare_ports(rule, loaded, compare);
}

Reading TransportHeader::range(RuleAssembly& rule, const Loaded& loaded, const InRange& range) {
  const uint16_t protocol = rule.selectors().protocol;
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) return refused("unsupported layer 4 protocol value");
  if ((loaded.offset != 0 && loaded.offset != 2) || loaded.length < 2 || range.low.size() != 2 ||
      has_gaps(loaded.mask)) {
    return unreadable("compares a part of the transport header");
  }
  return set_port(rule, loaded.offset,
                  {.low = port_at(range.low, 0), .high = port_at(range.high, 0), .inverted = range.op != NFT_RANGE_EQ});
}

}  // namespace ferrule::nft

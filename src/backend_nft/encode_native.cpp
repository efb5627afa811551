// The matches and targets that iptables-nft says in native expressions: tcp and udp (<linux/netfilter/xt_tcpudp.h>),
// mark (xt_mark.h), limit (xt_limit.h), NFLOG (xt_NFLOG.h) and TRACE.
#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/xt_NFLOG.h>
#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_tcpudp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "backend_nft/encode.hpp"

namespace ferrule::nft {
namespace {

using model::Part;
using model::Selectors;

constexpr uint16_t kMaxPort = 0xffff;

// The payload as `Info`, where name, revision and size say that it is one.
template <typename Info>
std::optional<Info> payload_of(const Part& part, std::string_view name, uint8_t revision) {
  if (part.name != name || part.revision != revision || part.payload.size() < sizeof(Info)) return std::nullopt;
  Info info;
  std::memcpy(&info, part.payload.data(), sizeof info);
  return info;
}

template <typename T>
Bytes bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

// A port range of a tcp or udp match, in host order.
struct Ports {
  uint16_t low;
  uint16_t high;
  bool inverted;
  bool all() const { return low == 0 && high == kMaxPort; }
  bool single() const { return low == high; }
  Equality equality() const { return inverted ? Equality::kNotEqual : Equality::kEqual; }
};

void encode_ports(const Ports& ports, uint32_t offset, ExpressionWriter& out) {
  if (ports.all() && !ports.inverted) return;
  const uint16_t low = htobe16(ports.low);
  const uint16_t high = htobe16(ports.high);
  out.payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof low);
  if (ports.single()) {
    out.compare(ports.equality(), bytes_of(low));
  } else if (ports.low == 0 && ports.high != kMaxPort) {
    out.compare(ports.inverted ? NFT_CMP_GT : NFT_CMP_LTE, bytes_of(high));
  } else {
    out.range(ports.equality(), bytes_of(low), bytes_of(high));
  }
}

void encode_both_ports(const Ports& source, const Ports& destination, ExpressionWriter& out) {
  // One load for both. Not for inverted ones: "neither is" would become "not both are".
  const auto plain = [](const Ports& ports) { return ports.single() && ports.low != 0 && !ports.inverted; };
  if (plain(source) && plain(destination)) {
    const std::array both = {htobe16(source.low), htobe16(destination.low)};
    out.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, sizeof both);
    out.compare(Equality::kEqual, bytes_of(both));
    return;
  }
  encode_ports(source, 0, out);
  encode_ports(destination, 2, out);
}

bool says_nothing(const xt_tcp& tcp) {
  return tcp.spts[0] == 0 && tcp.spts[1] == kMaxPort && tcp.dpts[0] == 0 && tcp.dpts[1] == kMaxPort &&
         tcp.option == 0 && tcp.flg_mask == 0 && tcp.flg_cmp == 0 && tcp.invflags == 0;
}

bool says_nothing(const xt_udp& udp) {
  return udp.spts[0] == 0 && udp.spts[1] == kMaxPort && udp.dpts[0] == 0 && udp.dpts[1] == kMaxPort &&
         udp.invflags == 0;
}

// Whether nf_tables has the rest: 1.8.9 leaves tcp options, and bits it does not know, to the xtables match.
bool has_native_form(const xt_tcp& tcp) {
  constexpr unsigned kNative = XT_TCP_INV_SRCPT | XT_TCP_INV_DSTPT | XT_TCP_INV_FLAGS;
  return !says_nothing(tcp) && tcp.option == 0 && (tcp.invflags & ~kNative) == 0;
}

bool has_native_form(const xt_udp& udp) {
  constexpr unsigned kNative = XT_UDP_INV_SRCPT | XT_UDP_INV_DSTPT;
  return !says_nothing(udp) && (udp.invflags & ~kNative) == 0;
}

static_assert(XT_TCP_INV_SRCPT == XT_UDP_INV_SRCPT && XT_TCP_INV_DSTPT == XT_UDP_INV_DSTPT);
template <typename Info>
void encode_ports_of(const Info& info, ExpressionWriter& out) {
  encode_both_ports({info.spts[0], info.spts[1], (info.invflags & XT_TCP_INV_SRCPT) != 0},
                    {info.dpts[0], info.dpts[1], (info.invflags & XT_TCP_INV_DSTPT) != 0}, out);
}

void encode_flags(const xt_tcp& tcp, ExpressionWriter& out) {
  const bool inverted = (tcp.invflags & XT_TCP_INV_FLAGS) != 0;
  if (tcp.flg_mask == 0 && tcp.flg_cmp == 0 && !inverted) return;
  out.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1);
  out.bitwise(bytes_of(tcp.flg_mask));
  out.compare(inverted ? Equality::kNotEqual : Equality::kEqual, bytes_of(tcp.flg_cmp));
}

void encode_mark(const xt_mark_mtinfo1& mark, ExpressionWriter& out) {
  out.meta(NFT_META_MARK);
  if (mark.mask != 0xffffffff) out.bitwise(bytes_of(mark.mask));
  out.compare(mark.invert != 0 ? Equality::kNotEqual : Equality::kEqual, bytes_of(mark.mark));
}

// `avg` is the time between two packets in 1/XT_LIMIT_SCALE seconds. nf_tables wants a rate per unit: the shortest unit
// is taken that still gives a whole number, or the last before the rounding would show.
Limit limit_of(const xt_rateinfo& info) {
  static constexpr std::array<uint64_t, 4> kUnits = {86400, 3600, 60, 1};
  uint64_t unit = kUnits[0];
  for (const uint64_t shorter : std::span(kUnits).subspan(1)) {
    const uint64_t scaled = XT_LIMIT_SCALE * shorter;
    if (info.avg > scaled || scaled / info.avg < scaled % info.avg) break;
    unit = shorter;
  }
  return {.rate = XT_LIMIT_SCALE * unit / info.avg, .unit = unit, .burst = info.burst};
}

tl::unexpected<Error> wrong_protocol(std::string_view match, std::string_view protocol) {
  return fail(Code::kInvalidInput, std::string(match) + " match requires '-p " + std::string(protocol) + "'");
}

std::string_view whole_prefix(const Rule& rule, const Part& target, const xt_nflog_info& info) {
  for (const Attachment& attachment : rule.attachments()) {
    if (attachment.kind == Attachment::Kind::long_prefix &&
        attachment.offset == target.payload_offset + offsetof(xt_nflog_info, prefix)) {
      return attachment.text;
    }
  }
  // In the payload itself, as `info` is a copy that does not live long enough.
  const auto* chars = reinterpret_cast<const char*>(target.payload.data()) + offsetof(xt_nflog_info, prefix);
  return {chars, strnlen(chars, sizeof info.prefix)};
}

}  // namespace

Result<bool> encode_native_match(const Part& match, const Selectors& selectors, ExpressionWriter& out) {
  if (const auto tcp = payload_of<xt_tcp>(match, "tcp", 0)) {
    if (!has_native_form(*tcp)) return false;
    if (selectors.protocol != IPPROTO_TCP) return wrong_protocol("TCP", "tcp");
    encode_flags(*tcp, out);
    encode_ports_of(*tcp, out);
    return true;
  }
  if (const auto udp = payload_of<xt_udp>(match, "udp", 0)) {
    if (!has_native_form(*udp)) return false;
    if (selectors.protocol != IPPROTO_UDP) return wrong_protocol("UDP", "udp");
    encode_ports_of(*udp, out);
    return true;
  }
  if (const auto mark = payload_of<xt_mark_mtinfo1>(match, "mark", 1)) {
    encode_mark(*mark, out);
    return true;
  }
  if (const auto limit = payload_of<xt_rateinfo>(match, "limit", 0)) {
    if (limit->avg == 0) return false;
    out.limit(limit_of(*limit));
    return true;
  }
  return false;
}

bool encode_native_target(const Rule& rule, const Part& target, ExpressionWriter& out) {
  if (const auto info = payload_of<xt_nflog_info>(target, "NFLOG", 0)) {
    Log log{.group = info->group, .prefix = whole_prefix(rule, target, *info), .qthreshold = info->threshold};
    if ((info->flags & XT_NFLOG_F_COPY_LEN) != 0) log.snaplen = info->len;
    out.log(log);
    return true;
  }
  if (target.name == "TRACE" && target.payload.empty()) {
    out.trace();
    return true;
  }
  return false;
}

}  // namespace ferrule::nft

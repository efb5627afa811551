// REJECT: struct ipt_reject_info in <linux/netfilter_ipv4/ipt_REJECT.h>, ip6t_reject_info in
// <linux/netfilter_ipv6/ip6t_REJECT.h>.
#include <linux/netfilter_ipv4/ipt_REJECT.h>
#include <linux/netfilter_ipv6/ip6t_REJECT.h>

#include <algorithm>
#include <cstring>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

struct RejectType {
  uint32_t with;
  std::string_view name;
  std::string_view short_name;
};

// The first row of which the argument is a beginning is meant, so the order counts.
constexpr std::array<RejectType, 8> kTypesV4 = {{{IPT_ICMP_NET_UNREACHABLE, "icmp-net-unreachable", "net-unreach"},
                                                 {IPT_ICMP_HOST_UNREACHABLE, "icmp-host-unreachable", "host-unreach"},
                                                 {IPT_ICMP_PROT_UNREACHABLE, "icmp-proto-unreachable", "proto-unreach"},
                                                 {IPT_ICMP_PORT_UNREACHABLE, "icmp-port-unreachable", "port-unreach"},
                                                 {IPT_ICMP_NET_PROHIBITED, "icmp-net-prohibited", "net-prohib"},
                                                 {IPT_ICMP_HOST_PROHIBITED, "icmp-host-prohibited", "host-prohib"},
                                                 {IPT_TCP_RESET, "tcp-reset", "tcp-rst"},
                                                 {IPT_ICMP_ADMIN_PROHIBITED, "icmp-admin-prohibited", "admin-prohib"}}};

constexpr std::array<RejectType, 7> kTypesV6 = {{{IP6T_ICMP6_NO_ROUTE, "icmp6-no-route", "no-route"},
                                                 {IP6T_ICMP6_ADM_PROHIBITED, "icmp6-adm-prohibited", "adm-prohibited"},
                                                 {IP6T_ICMP6_ADDR_UNREACH, "icmp6-addr-unreachable", "addr-unreach"},
                                                 {IP6T_ICMP6_PORT_UNREACH, "icmp6-port-unreachable", "port-unreach"},
                                                 {IP6T_TCP_RESET, "tcp-reset", "tcp-reset"},
                                                 {IP6T_ICMP6_POLICY_FAIL, "icmp6-policy-fail", "policy-fail"},
                                                 {IP6T_ICMP6_REJECT_ROUTE, "icmp6-reject-route", "reject-route"}}};

constexpr std::array<Option, 1> kOptions = {{{.name = "reject-with",
                                              .arg = Arg::kString,
                                              .metavar = "type",
                                              .help = "what to answer; a beginning of the type will do"}}};

Result<uint32_t> read_type(std::span<const RejectType> types, std::string_view text) {
  const auto found = std::find_if(types.begin(), types.end(), [&](const RejectType& type) {
    return begins_with(type.name, text) || begins_with(type.short_name, text);
  });
  if (text.empty() || found == types.end()) {
    return fail(Code::kInvalidInput, "unknown reject type \"" + std::string(text) + "\"");
  }
  return found->with;
}

void put_type(std::span<const RejectType> types, uint32_t with, Text& out) {
  const auto found = std::find_if(types.begin(), types.end(), [&](const RejectType& t) { return t.with == with; });
  out.raw("reject-with");
  if (found != types.end()) {
    out.word(found->name);
  } else {
    out.number(with);
  }
}

template <typename Payload, const auto& kTypes, uint32_t kDefault>
struct Reject {
  using Info = Payload;
  using With = decltype(Info::with);

  static void init(Info& info, Family) { info.with = static_cast<With>(kDefault); }

  static Result<void> parse(OptionCall& call, Info& info) {
    const auto with = read_type(kTypes, call.text);
    if (!with) return tl::unexpected(with.error());
    info.with = static_cast<With>(*with);
    return {};
  }

  // As a number, since IPv4's is an enum and the bytes of a foreign rule may hold none of its values.
  static uint32_t number(const Info& info) {
    uint32_t with = 0;
    static_assert(sizeof info.with == sizeof with);
    std::memcpy(&with, &info.with, sizeof with);
    return with;
  }

  static void save(const PrintCall&, const Info& info, Text& out) { put_type(kTypes, number(info), out.raw(" --")); }
  static void print(const PrintCall&, const Info& info, Text& out) { put_type(kTypes, number(info), out.raw(' ')); }

  static void help(Text& out) {
    out.raw("Types:\n");
    for (const RejectType& type : kTypes) out.raw("  ").raw(type.name).word(type.short_name).raw('\n');
  }
};

using RejectV4 = Reject<ipt_reject_info, kTypesV4, IPT_ICMP_PORT_UNREACHABLE>;
using RejectV6 = Reject<ip6t_reject_info, kTypesV6, IP6T_ICMP6_PORT_UNREACH>;

template <typename Codec>
constexpr Extension reject(Families families) {
  return make_extension<Codec>({.kind = Kind::target,
                                .name = "REJECT",
                                .families = families,
                                .options = kOptions,
                                .summary = "drop the packet and answer with an error"});
}

}  // namespace

extern constinit const Extension kTargetRejectV4 = reject<RejectV4>(Families::ipv4);
extern constinit const Extension kTargetRejectV6 = reject<RejectV6>(Families::ipv6);

}  // namespace ferrule::ext

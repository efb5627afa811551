// icmp6 (IPv6), revision 0: struct ip6t_icmp in <linux/netfilter_ipv6/ip6_tables.h>. Also typed icmpv6 or ipv6-icmp.
#include <netinet/in.h>
// after <netinet/in.h>, which it would otherwise clash with
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <array>

#include "extensions/codec.hpp"
#include "extensions/icmp_types.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<IcmpName, 28> kNames = {{{"destination-unreachable", {1}},
                                              {"no-route", {1, 0, 0}},
                                              {"communication-prohibited", {1, 1, 1}},
                                              {"beyond-scope", {1, 2, 2}},
                                              {"address-unreachable", {1, 3, 3}},
                                              {"port-unreachable", {1, 4, 4}},
                                              {"failed-policy", {1, 5, 5}},
                                              {"reject-route", {1, 6, 6}},
                                              {"packet-too-big", {2}},
                                              {"time-exceeded", {3}},
                                              {"ttl-exceeded", {3}},
                                              {"ttl-zero-during-transit", {3, 0, 0}},
                                              {"ttl-zero-during-reassembly", {3, 1, 1}},
                                              {"parameter-problem", {4}},
                                              {"bad-header", {4, 0, 0}},
                                              {"unknown-header-type", {4, 1, 1}},
                                              {"unknown-option", {4, 2, 2}},
                                              {"echo-request", {128}},
                                              {"ping", {128}},
                                              {"echo-reply", {129}},
                                              {"pong", {129}},
                                              {"router-solicitation", {133}},
                                              {"router-advertisement", {134}},
                                              {"neighbour-solicitation", {135}},
                                              {"neighbor-solicitation", {135}},
                                              {"neighbour-advertisement", {136}},
                                              {"neighbor-advertisement", {136}},
                                              {"redirect", {137}}}};
constexpr IcmpNames kIcmp6 = {"ICMPv6", "ipv6-icmp", kNames};

constexpr std::array<Option, 1> kOptions = {{{.name = "icmpv6-type",
                                              .arg = Arg::kString,
                                              .flags = kInvert | kMandatory,
                                              .metavar = "type[/code[:code]]",
                                              .help = "a type, a type and its codes, or one of the names below"}}};

struct Icmp6 {
  using Info = ip6t_icmp;

  static void init(Info& info, Family) { info.code[1] = 0xff; }

  static Result<void> parse(OptionCall& call, Info& info) {
    const auto value = parse_icmp_type(kIcmp6, call.text);
    if (!value) return tl::unexpected(value.error());
    info = {.type = value->type,
            .code = {value->first_code, value->last_code},
            .invflags = static_cast<uint8_t>(call.inverted ? IP6T_ICMP_INV : 0)};
    return {};
  }

  static IcmpType value_of(const Info& info) { return {info.type, info.code[0], info.code[1]}; }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("icmpv6-type", (info.invflags & IP6T_ICMP_INV) != 0);
    save_icmp_type(value_of(info), out);
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    print_icmp_type(call, kIcmp6, value_of(info), (info.invflags & IP6T_ICMP_INV) != 0, out);
  }

  static void help(Text& out) { help_icmp_types(kIcmp6, out); }
};

constexpr Description described_as(std::string_view name) {
  return {.name = name,
          .kernel_name = "icmp6",
          .error_name = "icmp6",
          .families = Families::ipv6,
          .options = kOptions,
          .summary = "ICMPv6 type and code"};
}

}  // namespace

extern constinit const Extension kMatchIcmp6 = make_extension<Icmp6>(described_as("icmp6"));
extern constinit const Extension kMatchIcmpv6 = make_extension<Icmp6>(described_as("icmpv6"));
extern constinit const Extension kMatchIpv6Icmp = make_extension<Icmp6>(described_as("ipv6-icmp"));

}  // namespace ferrule::ext

// icmp (IPv4), revision 0: struct ipt_icmp in <linux/netfilter_ipv4/ip_tables.h>.
#include <netinet/in.h>
// after <netinet/in.h>, which it would otherwise clash with
#include <linux/netfilter_ipv4/ip_tables.h>

#include <array>

#include "extensions/codec.hpp"
#include "extensions/icmp_types.hpp"

namespace ferrule::ext {
namespace {

constexpr uint8_t kAnyType = 0xff;

constexpr std::array<IcmpName, 40> kNames = {{{"any", {kAnyType}},
                                              {"echo-reply", {0}},
                                              {"pong", {0}},
                                              {"destination-unreachable", {3}},
                                              {"network-unreachable", {3, 0, 0}},
                                              {"host-unreachable", {3, 1, 1}},
                                              {"protocol-unreachable", {3, 2, 2}},
                                              {"port-unreachable", {3, 3, 3}},
                                              {"fragmentation-needed", {3, 4, 4}},
                                              {"source-route-failed", {3, 5, 5}},
                                              {"network-unknown", {3, 6, 6}},
                                              {"host-unknown", {3, 7, 7}},
                                              {"network-prohibited", {3, 9, 9}},
                                              {"host-prohibited", {3, 10, 10}},
                                              {"TOS-network-unreachable", {3, 11, 11}},
                                              {"TOS-host-unreachable", {3, 12, 12}},
                                              {"communication-prohibited", {3, 13, 13}},
                                              {"host-precedence-violation", {3, 14, 14}},
                                              {"precedence-cutoff", {3, 15, 15}},
                                              {"source-quench", {4}},
                                              {"redirect", {5}},
                                              {"network-redirect", {5, 0, 0}},
                                              {"host-redirect", {5, 1, 1}},
                                              {"TOS-network-redirect", {5, 2, 2}},
                                              {"TOS-host-redirect", {5, 3, 3}},
                                              {"echo-request", {8}},
                                              {"ping", {8}},
                                              {"router-advertisement", {9}},
                                              {"router-solicitation", {10}},
                                              {"time-exceeded", {11}},
                                              {"ttl-exceeded", {11}},
                                              {"ttl-zero-during-transit", {11, 0, 0}},
                                              {"ttl-zero-during-reassembly", {11, 1, 1}},
                                              {"parameter-problem", {12}},
                                              {"ip-header-bad", {12, 0, 0}},
                                              {"required-option-missing", {12, 1, 1}},
                                              {"timestamp-request", {13}},
                                              {"timestamp-reply", {14}},
                                              {"address-mask-request", {17}},
                                              {"address-mask-reply", {18}}}};
constexpr IcmpNames kIcmp = {"ICMP", "icmp", kNames};

constexpr std::array<Option, 1> kOptions = {{{.name = "icmp-type",
                                              .arg = Arg::kString,
                                              .flags = kInvert | kMandatory,
                                              .metavar = "type[/code[:code]]",
                                              .help = "a type, a type and its codes, or one of the names below"}}};

struct Icmp {
  using Info = ipt_icmp;

  static void init(Info& info, Family) {
    info.type = kAnyType;
    info.code[1] = 0xff;
  }

  static Result<void> parse(OptionCall& call, Info& info) {
    const auto value = parse_icmp_type(kIcmp, call.text);
    if (!value) return tl::unexpected(value.error());
    info = {.type = value->type,
            .code = {value->first_code, value->last_code},
            .invflags = static_cast<uint8_t>(call.inverted ? IPT_ICMP_INV : 0)};
    return {};
  }

  static IcmpType value_of(const Info& info) { return {info.type, info.code[0], info.code[1]}; }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("icmp-type", (info.invflags & IPT_ICMP_INV) != 0);
    // The kernel looks at no code where any type will do.
    if (info.type == kAnyType) {
      out.word("any");
    } else {
      save_icmp_type(value_of(info), out);
    }
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    print_icmp_type(call, kIcmp, value_of(info), (info.invflags & IPT_ICMP_INV) != 0, out);
  }

  static void help(Text& out) { help_icmp_types(kIcmp, out); }
};

}  // namespace

extern constinit const Extension kMatchIcmp = make_extension<Icmp>(
    {.name = "icmp", .families = Families::ipv4, .options = kOptions, .summary = "ICMP type and code"});

}  // namespace ferrule::ext

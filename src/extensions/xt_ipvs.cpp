// ipvs, revision 0: struct xt_ipvs_mtinfo in <linux/netfilter/xt_ipvs.h>.
#include <netinet/in.h>
// after <netinet/in.h>, which it would otherwise clash with
#include <linux/netfilter/xt_ipvs.h>

#include <array>
#include <cstddef>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"
#include "extensions/lists.hpp"
#include "extensions/networks.hpp"

namespace ferrule::ext {
namespace {

// In the order of their bits in `bitmask` and `invert`.
enum OptionId : size_t { kIpvs, kProto, kAddress, kPort, kDirection, kMethod, kControlPort };

constexpr uint8_t flag_of(size_t id) { return static_cast<uint8_t>(1u << id); }
static_assert(flag_of(kIpvs) == XT_IPVS_IPVS_PROPERTY && flag_of(kControlPort) == XT_IPVS_VPORTCTL);

constexpr std::array<Option, kControlPort + 1> kOptions = {
    {{.name = "ipvs", .flags = kInvert, .help = "the packet belongs to an IPVS connection; all others imply this"},
     {.name = "vproto",
      .arg = Arg::kProtocol,
      .flags = kInvert,
      .offset = offsetof(xt_ipvs_mtinfo, l4proto),
      .metavar = "protocol",
      .help = "the virtual service's protocol"},
     {.name = "vaddr",
      .arg = Arg::kHostMask,
      .flags = kInvert,
      .metavar = "address[/mask]",
      .help = "the virtual service's address"},
     {.name = "vport",
      .arg = Arg::kPort,
      .flags = kInvert | kNetworkOrder,
      .offset = offsetof(xt_ipvs_mtinfo, vport),
      .metavar = "port",
      .help = "the virtual service's port"},
     {.name = "vdir", .arg = Arg::kString, .metavar = "ORIGINAL|REPLY", .help = "which way the packet goes"},
     {.name = "vmethod",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "GATE|IPIP|MASQ",
      .help = "how packets are forwarded"},
     {.name = "vportctl",
      .arg = Arg::kPort,
      .flags = kInvert | kNetworkOrder,
      .offset = offsetof(xt_ipvs_mtinfo, vportctl),
      .metavar = "port",
      .help = "the port of the controlling connection, such as 21 for FTP"}}};

struct Method {
  std::string_view name;
  uint8_t value;  // IP_VS_CONN_F_* of <linux/ip_vs.h>
};
constexpr std::array<Method, 3> kMethods = {{{"GATE", 3}, {"IPIP", 2}, {"MASQ", 0}}};

struct Ipvs {
  using Info = xt_ipvs_mtinfo;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.bitmask |= flag_of(call.id);
    if (call.inverted) info.invert |= flag_of(call.id);
    switch (call.id) {
      case kAddress:
        info.vaddr = inet_of(call.address);
        info.vmask = inet_of(call.mask);
        return {};
      case kDirection:
        if (same_word(call.text, "REPLY")) {
          info.invert |= XT_IPVS_DIR;
        } else if (!same_word(call.text, "ORIGINAL")) {
          return call.bad_value();
        }
        return {};
      case kMethod:
        for (const Method& method : kMethods) {
          if (!same_word(call.text, method.name)) continue;
          info.fwd_method = method.value;
          return {};
        }
        return call.bad_value();
      default:
        return {};
    }
  }

  static Result<void> check(const CheckCall&, Info& info) {
    if (info.bitmask == 0) return fail(Code::kInvalidInput, "IPVS: At least one option is required");
    if ((info.bitmask & XT_IPVS_ONCE_MASK) == 0) return {};
    if ((info.invert & XT_IPVS_IPVS_PROPERTY) != 0) {
      return fail(Code::kInvalidInput, "! --ipvs cannot be together with other options");
    }
    info.bitmask |= XT_IPVS_IPVS_PROPERTY;
    return {};
  }

  static void save(const PrintCall& call, const Info& info, Text& out) { append(call, info, "--", out); }

  static void print(const PrintCall& call, const Info& info, Text& out) { append(call, info, "", out); }

 private:
  static void append(const PrintCall& call, const Info& info, std::string_view prefix, Text& out) {
    const auto name = [&](std::string_view text, size_t id) -> Text& {
      // The direction has its bit in `invert` for its value.
      const bool inverted = id != kDirection && (info.invert & flag_of(id)) != 0;
      return out.raw(inverted ? " ! " : " ").raw(prefix).raw(text);
    };
    const auto given = [&](size_t id) { return (info.bitmask & flag_of(id)) != 0; };
    if (info.bitmask == XT_IPVS_IPVS_PROPERTY) name("ipvs", kIpvs);
    if (given(kProto)) name("vproto", kProto).number(info.l4proto);
    if (given(kAddress)) raw_network(call, info.vaddr, info.vmask, name("vaddr", kAddress).raw(' '));
    if (given(kPort)) name("vport", kPort).number(ntohs(info.vport));
    if (given(kDirection)) {
      name("vdir", kDirection).raw((info.invert & XT_IPVS_DIR) != 0 ? " REPLY" : " ORIGINAL");
    }
    if (given(kMethod)) name("vmethod", kMethod).word(method_name(info.fwd_method));
    if (given(kControlPort)) name("vportctl", kControlPort).number(ntohs(info.vportctl));
  }

  static std::string_view method_name(uint8_t value) {
    for (const Method& method : kMethods) {
      if (method.value == value) return method.name;
    }
    return "UNKNOWN";
  }
};

}  // namespace

extern constinit const Extension kMatchIpvs =
    make_extension<Ipvs>({.name = "ipvs", .options = kOptions, .summary = "the IPVS connection of the packet"});

}  // namespace ferrule::ext

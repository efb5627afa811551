// dscp revision 0 and tos revision 1 (the matches): struct xt_dscp_info and xt_tos_match_info in
// <linux/netfilter/xt_dscp.h>.
#include <linux/netfilter/xt_dscp.h>

#include <array>
#include <cstddef>
#include <string>

#include "extensions/argument.hpp"
#include "extensions/codec.hpp"
#include "extensions/dscp_classes.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kDscp, kClass };

constexpr std::array<Option, 2> kDscpOptions = {{{.name = "dscp",
                                                  .arg = Arg::kU8,
                                                  .flags = kInvert,
                                                  .excludes = bit(kClass),
                                                  .max = XT_DSCP_MAX,
                                                  .offset = offsetof(xt_dscp_info, dscp),
                                                  .metavar = "value",
                                                  .help = "the DSCP field is this number"},
                                                 {.name = "dscp-class",
                                                  .arg = Arg::kString,
                                                  .flags = kInvert,
                                                  .excludes = bit(kDscp),
                                                  .metavar = "class",
                                                  .help = "the field is that of BE, EF, AFxx or CSx"}}};

struct Dscp {
  using Info = xt_dscp_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.invert = call.inverted ? 1 : 0;
    if (call.id == kDscp) return {};
    const NamedBits* found = find_dscp_class(call.text);
    if (found == nullptr) return fail(Code::kInvalidInput, "Invalid DSCP value `" + std::string(call.text) + "'");
    info.dscp = static_cast<uint8_t>(found->bits);
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen == 0) return fail(Code::kInvalidInput, "DSCP match: Parameter --dscp is required");
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("dscp", info.invert != 0).raw(' ').raw_hex_padded(info.dscp, 2);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(info.invert != 0 ? " DSCP match !" : " DSCP match ").raw_hex_padded(info.dscp, 2);
  }
};

constexpr std::array<Option, 1> kTosOptions = {{{.name = "tos",
                                                 .arg = Arg::kTosMask,
                                                 .flags = kInvert | kMandatory,
                                                 .metavar = "value[/mask]|name",
                                                 .help = "the type of service, or traffic class, under the mask"}}};

struct Tos {
  using Info = xt_tos_match_info;
  static constexpr uint8_t kNamedMask = 0x3f;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.tos_value = static_cast<uint8_t>(call.number[0]);
    info.tos_mask = static_cast<uint8_t>(call.number[1]);
    info.invert = call.inverted ? 1 : 0;
    return {};
  }

  static Text& raw_value(const Info& info, Text& out) {
    return out.raw_hex_padded(info.tos_value, 2).raw('/').raw_hex_padded(info.tos_mask, 2);
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    raw_value(info, out.option("tos", info.invert != 0).raw(' '));
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(" tos match").raw(info.invert != 0 ? "!" : "");
    if (call.numbers == Numbers::kNames && info.tos_mask == kNamedMask) {
      if (const std::string_view name = tos_name(info.tos_value); !name.empty()) {
        out.word(name);
        return;
      }
    }
    raw_value(info, out);
  }

  static void help(Text& out) {
    out.raw("Names: Minimize-Delay, Maximize-Throughput, Maximize-Reliability, Minimize-Cost, Normal-Service\n");
  }
};

}  // namespace

extern constinit const Extension kMatchDscp =
    make_extension<Dscp>({.name = "dscp", .options = kDscpOptions, .summary = "the DSCP field"});

extern constinit const Extension kMatchTos = make_extension<Tos>(
    {.name = "tos", .revision = 1, .options = kTosOptions, .summary = "the type of service, or traffic class"});

}  // namespace ferrule::ext

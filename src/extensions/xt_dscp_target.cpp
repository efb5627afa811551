// DSCP: struct xt_DSCP_info in <linux/netfilter/xt_DSCP.h>.
#include <linux/netfilter/xt_DSCP.h>

#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/dscp_classes.hpp"

namespace ferrule::ext {
namespace {

enum DscpOption : size_t { kSetDscp, kSetClass };

constexpr std::array<Option, 2> kOptions = {{{.name = "set-dscp",
                                              .arg = Arg::kU8,
                                              .excludes = bit(kSetClass),
                                              .max = XT_DSCP_MAX,
                                              .offset = offsetof(xt_DSCP_info, dscp),
                                              .metavar = "value",
                                              .help = "the DSCP field"},
                                             {.name = "set-dscp-class",
                                              .arg = Arg::kString,
                                              .excludes = bit(kSetDscp),
                                              .metavar = "class",
                                              .help = "the same by name: BE, EF, CS0 to CS7, AF11 to AF43"}}};

struct Dscp {
  using Info = xt_DSCP_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id != kSetClass) return {};
    const NamedBits* found = find_dscp_class(call.text);
    if (found == nullptr) return fail(Code::kInvalidInput, "Invalid DSCP value `" + std::string(call.text) + "'");
    info.dscp = static_cast<uint8_t>(found->bits);
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen != 0) return {};
    return fail(Code::kInvalidInput, "DSCP target: Parameter --set-dscp is required");
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("set-dscp").raw(' ').raw_hex_padded(info.dscp, 2);
  }
  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" DSCP set ").raw_hex_padded(info.dscp, 2);
  }
};

}  // namespace

extern constinit const Extension kTargetDscp =
    make_extension<Dscp>({.kind = Kind::target, .name = "DSCP", .options = kOptions, .summary = "set the DSCP field"});

}  // namespace ferrule::ext

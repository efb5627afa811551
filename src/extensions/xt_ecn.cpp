// ecn (the match), revision 0: struct xt_ecn_info in <linux/netfilter/xt_ecn.h>.
#include <linux/netfilter/xt_ecn.h>

#include <array>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kCwr, kEce, kEct };

constexpr std::array<Option, 3> kOptions = {{{.name = "ecn-tcp-cwr", .flags = kInvert, .help = "TCP's CWR bit is set"},
                                             {.name = "ecn-tcp-ece", .flags = kInvert, .help = "TCP's ECE bit is set"},
                                             {.name = "ecn-ip-ect",
                                              .arg = Arg::kU8,
                                              .flags = kInvert,
                                              .max = 3,
                                              .metavar = "0..3",
                                              .help = "the ECN field of the IP header is this"}}};

constexpr std::array<uint8_t, 3> kFlags = {XT_ECN_OP_MATCH_CWR, XT_ECN_OP_MATCH_ECE, XT_ECN_OP_MATCH_IP};

struct Ecn {
  using Info = xt_ecn_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.operation |= kFlags[call.id];
    if (call.inverted) info.invert |= kFlags[call.id];
    if (call.id == kEct) info.ip_ect = static_cast<uint8_t>(call.number[0]);
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen == 0) return fail(Code::kInvalidInput, "ECN match: some option required");
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    for (const Id id : {kEce, kCwr, kEct}) {
      if ((info.operation & kFlags[id]) == 0) continue;
      out.option(kOptions[id].name, (info.invert & kFlags[id]) != 0);
      if (id == kEct) out.number(info.ip_ect);
    }
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    static constexpr std::array<std::string_view, 3> kLabels = {"CWR", "ECE", "ECT="};
    out.raw(" ECN match");
    for (const Id id : {kEce, kCwr, kEct}) {
      if ((info.operation & kFlags[id]) == 0) continue;
      out.raw((info.invert & kFlags[id]) != 0 ? " !" : " ").raw(kLabels[id]);
      if (id == kEct) out.raw_number(info.ip_ect);
    }
  }
};

}  // namespace

extern constinit const Extension kMatchEcn =
    make_extension<Ecn>({.name = "ecn", .options = kOptions, .summary = "explicit congestion notification"});

}  // namespace ferrule::ext

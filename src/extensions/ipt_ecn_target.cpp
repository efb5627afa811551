// ECN: struct ipt_ECN_info in <linux/netfilter_ipv4/ipt_ECN.h>.
#include <linux/netfilter_ipv4/ipt_ECN.h>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum EcnOption : size_t { kRemove, kCwr, kEce, kEct };

constexpr Option value_row(std::string_view name, uint64_t excludes, uint64_t max, std::string_view help) {
  return {.name = name, .arg = Arg::kU8, .excludes = excludes, .max = max, .metavar = "value", .help = help};
}

constexpr std::array<Option, 4> kOptions = {
    {{.name = "ecn-tcp-remove", .excludes = bit(kCwr) | bit(kEce), .help = "clear the ECN bits of the TCP header"},
     value_row("ecn-tcp-cwr", bit(kRemove), 1, "the CWR bit of the TCP header"),
     value_row("ecn-tcp-ece", bit(kRemove), 1, "the ECE bit of the TCP header"),
     value_row("ecn-ip-ect", 0, 3, "the ECT codepoint of the IP header")}};

struct Ecn {
  using Info = ipt_ECN_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    const auto value = static_cast<uint8_t>(call.number[0]);
    switch (call.id) {
      case kRemove:
        info.operation |= IPT_ECN_OP_SET_ECE | IPT_ECN_OP_SET_CWR;
        info.proto.tcp = {};
        return {};
      case kCwr:
        info.operation |= IPT_ECN_OP_SET_CWR;
        info.proto.tcp.cwr = value & 1U;
        return {};
      case kEce:
        info.operation |= IPT_ECN_OP_SET_ECE;
        info.proto.tcp.ece = value & 1U;
        return {};
      default:
        info.operation |= IPT_ECN_OP_SET_IP;
        info.ip_ect = value;
        return {};
    }
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen != 0) return {};
    return fail(Code::kInvalidInput, "ECN target: An operation is required");
  }

  static bool removes(const Info& info) {
    return info.operation == (IPT_ECN_OP_SET_ECE | IPT_ECN_OP_SET_CWR) && info.proto.tcp.ece == 0 &&
           info.proto.tcp.cwr == 0;
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (removes(info)) {
      out.option("ecn-tcp-remove");
      return;
    }
    if ((info.operation & IPT_ECN_OP_SET_ECE) != 0) out.option("ecn-tcp-ece").number(info.proto.tcp.ece);
    if ((info.operation & IPT_ECN_OP_SET_CWR) != 0) out.option("ecn-tcp-cwr").number(info.proto.tcp.cwr);
    if ((info.operation & IPT_ECN_OP_SET_IP) != 0) out.option("ecn-ip-ect").number(info.ip_ect);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" ECN");
    if (removes(info)) {
      out.raw(" TCP remove");
      return;
    }
    if ((info.operation & IPT_ECN_OP_SET_ECE) != 0) out.raw(" ECE=").raw_number(info.proto.tcp.ece);
    if ((info.operation & IPT_ECN_OP_SET_CWR) != 0) out.raw(" CWR=").raw_number(info.proto.tcp.cwr);
    if ((info.operation & IPT_ECN_OP_SET_IP) != 0) out.raw(" ECT codepoint=").raw_number(info.ip_ect);
  }
};

}  // namespace

extern constinit const Extension kTargetEcn = make_extension<Ecn>({.kind = Kind::target,
                                                                   .name = "ECN",
                                                                   .families = Families::ipv4,
                                                                   .options = kOptions,
                                                                   .summary = "clear or set ECN bits"});

}  // namespace ferrule::ext

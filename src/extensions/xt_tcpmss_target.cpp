// TCPMSS: struct xt_tcpmss_info in <linux/netfilter/xt_TCPMSS.h>.
#include <linux/netfilter/xt_TCPMSS.h>

#include <cstddef>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum TcpmssOption : size_t { kSetMss, kClamp };

// The largest segment is what the IP and TCP headers leave of a packet.
template <uint64_t kMaximum>
constexpr std::array<Option, 2> kOptions = {{{.name = "set-mss",
                                              .arg = Arg::kU16,
                                              .max = kMaximum,
                                              .offset = offsetof(xt_tcpmss_info, mss),
                                              .metavar = "value",
                                              .help = "the maximum segment size"},
                                             {.name = "clamp-mss-to-pmtu", .help = "what fits into the path's MTU"}}};

struct Tcpmss {
  using Info = xt_tcpmss_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kClamp) info.mss = XT_TCPMSS_CLAMP_PMTU;
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen != 0) return {};
    return fail(Code::kInvalidInput, "TCPMSS target: At least one parameter is required");
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (info.mss == XT_TCPMSS_CLAMP_PMTU) {
      out.option("clamp-mss-to-pmtu");
    } else {
      out.option("set-mss").number(info.mss);
    }
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" TCPMSS");
    if (info.mss == XT_TCPMSS_CLAMP_PMTU) {
      out.raw(" clamp to PMTU");
    } else {
      out.raw(" set").number(info.mss);
    }
  }
};

template <uint64_t kMaximum>
constexpr Extension tcpmss(Families families) {
  return make_extension<Tcpmss>({.kind = Kind::target,
                                 .name = "TCPMSS",
                                 .families = families,
                                 .options = kOptions<kMaximum>,
                                 .summary = "lower the maximum segment size of SYN packets"});
}

}  // namespace

extern constinit const Extension kTargetTcpmssV4 = tcpmss<65515>(Families::ipv4);
extern constinit const Extension kTargetTcpmssV6 = tcpmss<65495>(Families::ipv6);

}  // namespace ferrule::ext

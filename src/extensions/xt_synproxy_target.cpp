// SYNPROXY: struct xt_synproxy_info in <linux/netfilter/xt_SYNPROXY.h>.
#include <linux/types.h>
// clang-format off: the header needs the types above
#include <linux/netfilter/xt_SYNPROXY.h>
// clang-format on

#include <cstddef>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum SynproxyOption : size_t { kSackPerm, kTimestamp, kWscale, kMss, kEcn, kEnd };

// By option, which is also the order of the saved rule.
constexpr std::array<uint8_t, kEnd> kFlags = {XT_SYNPROXY_OPT_SACK_PERM, XT_SYNPROXY_OPT_TIMESTAMP,
                                              XT_SYNPROXY_OPT_WSCALE, XT_SYNPROXY_OPT_MSS, XT_SYNPROXY_OPT_ECN};

constexpr std::array<Option, kEnd> kOptions = {{{.name = "sack-perm", .help = "allow selective acknowledgement"},
                                                {.name = "timestamp", .help = "pass the timestamp option on"},
                                                {.name = "wscale",
                                                 .arg = Arg::kU8,
                                                 .offset = offsetof(xt_synproxy_info, wscale),
                                                 .metavar = "value",
                                                 .help = "the window scale to announce"},
                                                {.name = "mss",
                                                 .arg = Arg::kU16,
                                                 .offset = offsetof(xt_synproxy_info, mss),
                                                 .metavar = "value",
                                                 .help = "the maximum segment size to announce"},
                                                {.name = "ecn", .help = "pass the ECN bits on"}}};

struct Synproxy {
  using Info = xt_synproxy_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.options |= kFlags[call.id];
    return {};
  }

  static void put(std::string_view before, std::string_view after, const Info& info, Text& out) {
    for (size_t id = 0; id < kEnd; ++id) {
      if ((info.options & kFlags[id]) == 0) continue;
      out.raw(before).raw(kOptions[id].name);
      if (id == kWscale) out.number(info.wscale);
      if (id == kMss) out.number(info.mss);
      out.raw(after);
    }
  }

  static void save(const PrintCall&, const Info& info, Text& out) { put(" --", "", info, out); }
  static void print(const PrintCall&, const Info& info, Text& out) { put("", " ", info, out.raw(" SYNPROXY ")); }
};

}  // namespace

extern constinit const Extension kTargetSynproxy =
    make_extension<Synproxy>({.kind = Kind::target,
                              .name = "SYNPROXY",
                              .options = kOptions,
                              .summary = "answer the TCP handshake in the server's place"});

}  // namespace ferrule::ext

// quota, revision 0: struct xt_quota_info in <linux/netfilter/xt_quota.h>.
#include <linux/netfilter/xt_quota.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {{{.name = "quota",
                                              .arg = Arg::kU64,
                                              .flags = kInvert | kMandatory,
                                              .offset = offsetof(xt_quota_info, quota),
                                              .metavar = "bytes",
                                              .help = "so many bytes have not passed yet"}}};

struct Quota {
  using Info = xt_quota_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.inverted) info.flags |= XT_QUOTA_INVERT;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("quota", (info.flags & XT_QUOTA_INVERT) != 0).number(info.quota);
  }

  // iptables says nothing of the inversion here.
  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" quota:").number(info.quota).raw(" bytes");
  }
};

}  // namespace

extern constinit const Extension kMatchQuota = make_extension<Quota>({.name = "quota",
                                                                      .options = kOptions,
                                                                      .compared = offsetof(xt_quota_info, master),
                                                                      .summary = "a number of bytes, used up"});

}  // namespace ferrule::ext

// tcpmss (the match), revision 0: struct xt_tcpmss_match_info in <linux/netfilter/xt_tcpmss.h>.
#include <linux/netfilter/xt_tcpmss.h>

#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/ranges.hpp"

namespace ferrule::ext {
namespace {

constexpr auto kOptions = range_options("mss", offsetof(xt_tcpmss_match_info, mss_min),
                                        "the maximum segment size that a SYN or SYN/ACK packet names");

struct Tcpmss {
  using Info = xt_tcpmss_match_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (info.mss_min > info.mss_max) return call.error("invalid range given");
    info.invert = call.inverted ? 1 : 0;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    save_range("mss", info.mss_min, info.mss_max, info.invert != 0, out);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    print_range("tcpmss match", info.mss_min, info.mss_max, info.invert != 0, out);
  }
};

}  // namespace

extern constinit const Extension kMatchTcpmss =
    make_extension<Tcpmss>({.name = "tcpmss", .options = kOptions, .summary = "the MSS option of TCP"});

}  // namespace ferrule::ext

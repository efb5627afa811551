// mac, revision 0: struct xt_mac_info in <linux/netfilter/xt_mac.h>.
#include <linux/netfilter/xt_mac.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {{{.name = "mac-source",
                                              .arg = Arg::kMac,
                                              .flags = kInvert | kMandatory,
                                              .offset = offsetof(xt_mac_info, srcaddr),
                                              .metavar = "XX:XX:XX:XX:XX:XX",
                                              .help = "the link-layer source address"}}};

struct Mac {
  using Info = xt_mac_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.invert = call.inverted ? 1 : 0;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("mac-source", info.invert != 0).raw(' ').raw_mac(info.srcaddr);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(info.invert != 0 ? " MAC ! " : " MAC ").raw_mac(info.srcaddr);
  }
};

}  // namespace

extern constinit const Extension kMatchMac =
    make_extension<Mac>({.name = "mac", .options = kOptions, .summary = "the link-layer source address"});

}  // namespace ferrule::ext

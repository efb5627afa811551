// mark, revision 1: struct xt_mark_mtinfo1 in <linux/netfilter/xt_mark.h>.
#include <linux/netfilter/xt_mark.h>

#include "extensions/mark_match.hpp"

namespace ferrule::ext {
namespace {

constexpr auto kOptions = mark_options("the packet's mark, under the mask, is this value");

struct Mark : MarkMatch<xt_mark_mtinfo1> {
  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(info.invert != 0 ? " mark match ! " : " mark match ").raw_mark(info.mark, info.mask);
  }
};

}  // namespace

extern constinit const Extension kMatchMark =
    make_extension<Mark>({.name = "mark", .revision = 1, .options = kOptions, .summary = "the packet's mark"});

}  // namespace ferrule::ext

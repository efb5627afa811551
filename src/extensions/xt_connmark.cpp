// connmark, revision 1: struct xt_connmark_mtinfo1 in <linux/netfilter/xt_connmark.h>.
#include <linux/netfilter/xt_connmark.h>

#include "extensions/mark_match.hpp"

namespace ferrule::ext {
namespace {

constexpr auto kOptions = mark_options("the connection's mark, under the mask, is this value");

struct Connmark : MarkMatch<xt_connmark_mtinfo1> {
  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(info.invert != 0 ? " connmark match ! " : " connmark match  ").raw_mark(info.mark, info.mask);
  }
};

}  // namespace

extern constinit const Extension kMatchConnmark = make_extension<Connmark>(
    {.name = "connmark", .revision = 1, .options = kOptions, .summary = "the connection's mark"});

}  // namespace ferrule::ext

// helper, revision 0: struct xt_helper_info in <linux/netfilter/xt_helper.h>.
#include <linux/netfilter/xt_helper.h>

#include <array>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {{{.name = "helper",
                                              .arg = Arg::kString,
                                              .flags = kInvert | kMandatory,
                                              .metavar = "name[-port]",
                                              .help = "the connection belongs to this conntrack helper"}}};

struct Helper {
  using Info = xt_helper_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    put_text(info.name, call.text);
    info.invert = call.inverted ? 1 : 0;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("helper", info.invert != 0).quoted(text_of(info.name));
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(info.invert != 0 ? " helper match ! \"" : " helper match \"").raw(text_of(info.name)).raw('"');
  }
};

}  // namespace

// Two rules are equal for iptables whatever their helpers, which made -D take the wrong one: here they are not.
extern constinit const Extension kMatchHelper =
    make_extension<Helper>({.name = "helper", .options = kOptions, .summary = "the conntrack helper"});

}  // namespace ferrule::ext

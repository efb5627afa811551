// CHECKSUM: struct xt_CHECKSUM_info in <linux/netfilter/xt_CHECKSUM.h>.
#include <linux/netfilter/xt_CHECKSUM.h>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {
    {{.name = "checksum-fill", .flags = kMandatory, .help = "fill in a checksum that is missing"}}};

struct Checksum {
  using Info = xt_CHECKSUM_info;

  static Result<void> parse(OptionCall&, Info& info) {
    info.operation = XT_CHECKSUM_OP_FILL;
    return {};
  }

  static bool fills(const Info& info) { return (info.operation & XT_CHECKSUM_OP_FILL) != 0; }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (fills(info)) out.option("checksum-fill");
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" CHECKSUM").raw(fills(info) ? " fill" : "");
  }
};

}  // namespace

extern constinit const Extension kTargetChecksum = make_extension<Checksum>(
    {.kind = Kind::target, .name = "CHECKSUM", .options = kOptions, .summary = "mend checksums"});

}  // namespace ferrule::ext

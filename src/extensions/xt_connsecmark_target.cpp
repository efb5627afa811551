// CONNSECMARK: struct xt_connsecmark_target_info in <linux/netfilter/xt_CONNSECMARK.h>.
#include <linux/netfilter/xt_CONNSECMARK.h>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 2> kOptions = {
    {{.name = "save", .excludes = bit(1), .help = "copy the packet's security mark to the connection"},
     {.name = "restore", .excludes = bit(0), .help = "copy the connection's security mark to the packet"}}};

struct Connsecmark {
  using Info = xt_connsecmark_target_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.mode = call.id == 0 ? CONNSECMARK_SAVE : CONNSECMARK_RESTORE;
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen != 0) return {};
    return fail(Code::kInvalidInput, "CONNSECMARK target: parameter required");
  }

  static void put(std::string_view before, const Info& info, Text& out) {
    if (info.mode == CONNSECMARK_SAVE) out.raw(before).raw("save");
    if (info.mode == CONNSECMARK_RESTORE) out.raw(before).raw("restore");
  }

  static void save(const PrintCall&, const Info& info, Text& out) { put(" --", info, out); }
  static void print(const PrintCall&, const Info& info, Text& out) { put(" CONNSECMARK ", info, out); }
};

}  // namespace

extern constinit const Extension kTargetConnsecmark =
    make_extension<Connsecmark>({.kind = Kind::target,
                                 .name = "CONNSECMARK",
                                 .options = kOptions,
                                 .summary = "copy security marks between packet and connection"});

}  // namespace ferrule::ext

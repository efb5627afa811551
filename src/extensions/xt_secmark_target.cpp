// SECMARK: struct xt_secmark_target_info_v1 (revision 1) and xt_secmark_target_info (revision 0) in
// <linux/netfilter/xt_SECMARK.h>.
#include <linux/netfilter/xt_SECMARK.h>

#include "extensions/bare_name.hpp"
#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {{{.name = "selctx",
                                              .arg = Arg::kString,
                                              .flags = kMandatory,
                                              .metavar = "context",
                                              .help = "the SELinux security context"}}};

template <typename Payload>
struct Secmark {
  using Info = Payload;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.mode = SECMARK_MODE_SEL;
    put_text(info.secctx, call.text);
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    put_name(out.option("selctx"), text_of(info.secctx));
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" SECMARK selctx ").raw(text_of(info.secctx));
  }
};

template <typename Info>
constexpr Extension secmark(uint8_t revision) {
  return make_extension<Secmark<Info>>({.kind = Kind::target,
                                        .name = "SECMARK",
                                        .revision = revision,
                                        .options = kOptions,
                                        .summary = "set the packet's security mark"});
}

}  // namespace

extern constinit const Extension kTargetSecmarkR1 = secmark<xt_secmark_target_info_v1>(1);
extern constinit const Extension kTargetSecmarkR0 = secmark<xt_secmark_target_info>(0);

}  // namespace ferrule::ext

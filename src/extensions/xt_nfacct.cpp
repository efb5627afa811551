// nfacct, revisions 1 and 0: struct xt_nfacct_match_info_v1 and xt_nfacct_match_info in <linux/netfilter/xt_nfacct.h>,
// which differ only in how a 32-bit program would align them.
#include <linux/netfilter/xt_nfacct.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {{{.name = "nfacct-name",
                                              .arg = Arg::kString,
                                              .flags = kMandatory,
                                              .min = 1,
                                              .metavar = "name",
                                              .help = "the accounting object that counts the packets"}}};

template <typename InfoT>
struct Nfacct {
  using Info = InfoT;

  static Result<void> parse(OptionCall& call, Info& info) {
    put_text(info.name, call.text);
    return {};
  }

  // Two blanks before the name, as iptables has them.
  static void save(const PrintCall&, const Info& info, Text& out) {
    out.option("nfacct-name").raw(' ').quoted(text_of(info.name));
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" nfacct-name ").quoted(text_of(info.name));
  }
};

template <typename Info>
constexpr Extension nfacct(uint8_t revision) {
  return make_extension<Nfacct<Info>>({.name = "nfacct",
                                       .revision = revision,
                                       .options = kOptions,
                                       .compared = offsetof(Info, nfacct),
                                       .summary = "counts in an object of nfacct(8); always matches"});
}

}  // namespace

extern constinit const Extension kMatchNfacctR1 = nfacct<xt_nfacct_match_info_v1>(1);
extern constinit const Extension kMatchNfacctR0 = nfacct<xt_nfacct_match_info>(0);

}  // namespace ferrule::ext

// iprange, revision 1: struct xt_iprange_mtinfo in <linux/netfilter/xt_iprange.h>.
#include <netinet/in.h>
// after <netinet/in.h>, which it would otherwise clash with
#include <linux/netfilter/xt_iprange.h>

#include <array>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kSource, kDestination };

constexpr std::array<Option, 2> kOptions = {{{.name = "src-range",
                                              .arg = Arg::kString,
                                              .flags = kInvert,
                                              .metavar = "from[-to]",
                                              .help = "the source address is in this range"},
                                             {.name = "dst-range",
                                              .arg = Arg::kString,
                                              .flags = kInvert,
                                              .metavar = "from[-to]",
                                              .help = "the destination address is in this range"}}};

struct Iprange {
  using Info = xt_iprange_mtinfo;

  static Result<void> parse(OptionCall& call, Info& info) {
    const size_t dash = call.text.find('-');
    model::Address first{};
    model::Address last{};
    if (auto read = read_address(call, call.text.substr(0, dash), first); !read) return read;
    last = first;
    if (dash != std::string_view::npos) {
      if (auto read = read_address(call, call.text.substr(dash + 1), last); !read) return read;
    }
    if (call.id == kSource) {
      info.src_min = inet_of(first);
      info.src_max = inet_of(last);
      info.flags |= call.inverted ? IPRANGE_SRC | IPRANGE_SRC_INV : IPRANGE_SRC;
    } else {
      info.dst_min = inet_of(first);
      info.dst_max = inet_of(last);
      info.flags |= call.inverted ? IPRANGE_DST | IPRANGE_DST_INV : IPRANGE_DST;
    }
    return {};
  }

  static Result<void> read_address(const OptionCall& call, std::string_view text, model::Address& out) {
    return parse_address(call.family(), text, out) ? Result<void>{} : call.bad_value(text);
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen != 0) return {};
    return fail(Code::kInvalidInput, "iprange match: You must specify `--src-range' or `--dst-range'");
  }

  static void raw_range(const PrintCall& call, const nf_inet_addr& first, const nf_inet_addr& last, Text& out) {
    out.raw_address(call.family, address_of(first)).raw('-').raw_address(call.family, address_of(last));
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    if ((info.flags & IPRANGE_SRC) != 0) {
      raw_range(call, info.src_min, info.src_max,
                out.option("src-range", (info.flags & IPRANGE_SRC_INV) != 0).raw(' '));
    }
    if ((info.flags & IPRANGE_DST) != 0) {
      raw_range(call, info.dst_min, info.dst_max,
                out.option("dst-range", (info.flags & IPRANGE_DST_INV) != 0).raw(' '));
    }
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    if ((info.flags & IPRANGE_SRC) != 0) {
      out.raw((info.flags & IPRANGE_SRC_INV) != 0 ? " source IP range ! " : " source IP range ");
      raw_range(call, info.src_min, info.src_max, out);
    }
    if ((info.flags & IPRANGE_DST) != 0) {
      out.raw((info.flags & IPRANGE_DST_INV) != 0 ? " destination IP range ! " : " destination IP range ");
      raw_range(call, info.dst_min, info.dst_max, out);
    }
  }
};

}  // namespace

extern constinit const Extension kMatchIprange =
    make_extension<Iprange>({.name = "iprange", .revision = 1, .options = kOptions, .summary = "ranges of addresses"});

}  // namespace ferrule::ext

// frag (IPv6), revision 0: struct ip6t_frag in <linux/netfilter_ipv6/ip6t_frag.h>.
#include <linux/netfilter_ipv6/ip6t_frag.h>

#include <array>
#include <cstddef>
#include <limits>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t { kFragid, kFraglen, kFragres, kFragfirst, kFragmore, kFraglast };

constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();

constexpr std::array<Option, kFraglast + 1> kOptions = {
    {{.name = "fragid",
      .arg = Arg::kU32Range,
      .flags = kInvert,
      .offset = offsetof(ip6t_frag, ids),
      .metavar = "id[:id]",
      .help = "the identification of the fragment"},
     {.name = "fraglen",
      .arg = Arg::kU32,
      .flags = kInvert,
      .offset = offsetof(ip6t_frag, hdrlen),
      .metavar = "length",
      .help = "the length of the header; kernels since 2.6.10 take no notice"},
     {.name = "fragres", .help = "the reserved fields are zero"},
     {.name = "fragfirst", .help = "it is the first fragment"},
     {.name = "fragmore", .excludes = bit(kFraglast), .help = "more fragments follow"},
     {.name = "fraglast", .excludes = bit(kFragmore), .help = "it is the last fragment"}}};

struct Flag {
  uint8_t bit;
  std::string_view option;
  std::string_view printed;
};
constexpr std::array<Flag, 4> kFlags = {{{IP6T_FRAG_RES, "fragres", " reserved"},
                                         {IP6T_FRAG_FST, "fragfirst", " first"},
                                         {IP6T_FRAG_MF, "fragmore", " more"},
                                         {IP6T_FRAG_NMF, "fraglast", " last"}}};

struct Frag {
  using Info = ip6t_frag;

  static void init(Info& info, Family) { info.ids[1] = kMost; }

  // The bits of flags are in the order of the options; those of invflags agree with them.
  static Result<void> parse(OptionCall& call, Info& info) {
    const auto flag = static_cast<uint8_t>(1u << call.id);
    info.flags |= flag;
    if (call.inverted) info.invflags |= flag;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (limits_ids(info)) append_ids(info, out.option("fragid", inverted(info, IP6T_FRAG_INV_IDS)).raw(' '));
    if ((info.flags & IP6T_FRAG_LEN) != 0) {
      out.option("fraglen", inverted(info, IP6T_FRAG_INV_LEN)).number(info.hdrlen);
    }
    for (const Flag& flag : kFlags) {
      if ((info.flags & flag.bit) != 0) out.option(flag.option);
    }
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" frag ");
    if (limits_ids(info)) {
      out.raw(info.ids[0] == info.ids[1] ? "id:" : "ids:");
      if (inverted(info, IP6T_FRAG_INV_IDS)) out.raw('!');
      append_ids(info, out);
    }
    if ((info.flags & IP6T_FRAG_LEN) != 0) {
      out.raw(inverted(info, IP6T_FRAG_INV_LEN) ? " length:!" : " length:").raw_number(info.hdrlen);
    }
    for (const Flag& flag : kFlags) {
      if ((info.flags & flag.bit) != 0) out.raw(flag.printed);
    }
  }

 private:
  static bool inverted(const Info& info, uint8_t flag) { return (info.invflags & flag) != 0; }

  static bool limits_ids(const Info& info) {
    return info.ids[0] != 0 || info.ids[1] != kMost || inverted(info, IP6T_FRAG_INV_IDS);
  }

  static void append_ids(const Info& info, Text& out) {
    out.raw_number(info.ids[0]);
    if (info.ids[0] != info.ids[1]) out.raw(':').raw_number(info.ids[1]);
  }
};

}  // namespace

extern constinit const Extension kMatchFrag = make_extension<Frag>(
    {.name = "frag", .families = Families::ipv6, .options = kOptions, .summary = "the fragment header"});

}  // namespace ferrule::ext

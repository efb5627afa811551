// rt (IPv6), revision 0: struct ip6t_rt in <linux/netfilter_ipv6/ip6t_rt.h>.
#include <netinet/in.h>
// after <netinet/in.h>, which it would otherwise clash with
#include <linux/netfilter_ipv6/ip6t_rt.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

enum OptionId : size_t { kType, kSegsleft, kLength, kReserved, kAddresses, kNotStrict };

constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();

constexpr std::array<Option, kNotStrict + 1> kOptions = {
    {{.name = "rt-type",
      .arg = Arg::kU32,
      .flags = kInvert,
      .offset = offsetof(ip6t_rt, rt_type),
      .metavar = "type",
      .help = "the type of the header"},
     {.name = "rt-segsleft",
      .arg = Arg::kU32Range,
      .flags = kInvert,
      .offset = offsetof(ip6t_rt, segsleft),
      .metavar = "number[:number]",
      .help = "how many segments are left"},
     {.name = "rt-len",
      .arg = Arg::kU32,
      .flags = kInvert,
      .offset = offsetof(ip6t_rt, hdrlen),
      .metavar = "length",
      .help = "the length of the header in bytes"},
     {.name = "rt-0-res", .help = "its reserved field is zero; needs --rt-type 0 before it"},
     {.name = "rt-0-addrs",
      .arg = Arg::kString,
      .metavar = "address[,address...]",
      .help = "the addresses in it, at most 16; needs --rt-type 0 before it"},
     {.name = "rt-0-not-strict", .help = "others may stand between them; needs --rt-0-addrs before it"}}};

tl::unexpected<Error> required(std::string_view what, std::string_view before) {
  return fail(Code::kInvalidInput, "`" + std::string(what) + "' required before `--" + std::string(before) + "'");
}

struct Rt {
  using Info = ip6t_rt;

  static void init(Info& info, Family) { info.segsleft[1] = kMost; }

  static Result<void> parse(OptionCall& call, Info& info) {
    switch (call.id) {
      case kType:
        return add_field(call, IP6T_RT_TYP, info);
      case kSegsleft:
        return add_field(call, IP6T_RT_SGS, info);
      case kLength:
        return add_field(call, IP6T_RT_LEN, info);
      case kReserved:
        if (!is_type_0(info)) return required("--rt-type 0", call.option.name);
        info.flags |= IP6T_RT_RES;
        return {};
      case kAddresses:
        if (!is_type_0(info)) return required("--rt-type 0", call.option.name);
        info.flags |= IP6T_RT_FST;
        return parse_addresses(call.text, info);
      default:
        if ((info.flags & IP6T_RT_FST) == 0) return required("--rt-0-addr ...", call.option.name);
        info.flags |= IP6T_RT_FST_NSTRICT;
        return {};
    }
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if ((info.flags & IP6T_RT_TYP) != 0) {
      out.option("rt-type", inverted(info, IP6T_RT_INV_TYP)).number(info.rt_type);
    }
    if (limits_segments(info)) {
      append_segments(info, out.option("rt-segsleft", inverted(info, IP6T_RT_INV_SGS)).raw(' '));
    }
    if ((info.flags & IP6T_RT_LEN) != 0) {
      out.option("rt-len", inverted(info, IP6T_RT_INV_LEN)).number(info.hdrlen);
    }
    if ((info.flags & IP6T_RT_RES) != 0) out.option("rt-0-res");
    if ((info.flags & IP6T_RT_FST) != 0) append_addresses(info, out.option("rt-0-addrs").raw(' '));
    if ((info.flags & IP6T_RT_FST_NSTRICT) != 0) out.option("rt-0-not-strict");
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(" rt");
    if ((info.flags & IP6T_RT_TYP) != 0) {
      out.raw(inverted(info, IP6T_RT_INV_TYP) ? " type:!" : " type:").raw_number(info.rt_type);
    }
    if (limits_segments(info)) {
      out.raw(info.segsleft[0] == info.segsleft[1] ? " segsleft:" : " segslefts:");
      if (inverted(info, IP6T_RT_INV_SGS)) out.raw('!');
      append_segments(info, out);
    }
    if ((info.flags & IP6T_RT_LEN) != 0) {
      out.raw(inverted(info, IP6T_RT_INV_LEN) ? " length:!" : " length:").raw_number(info.hdrlen);
    }
    if ((info.flags & IP6T_RT_RES) != 0) out.raw(" reserved");
    if ((info.flags & IP6T_RT_FST) != 0) append_addresses(info, out.raw(" 0-addrs "));
    if ((info.flags & IP6T_RT_FST_NSTRICT) != 0) out.raw(" 0-not-strict");
  }

 private:
  static bool inverted(const Info& info, uint8_t flag) { return (info.invflags & flag) != 0; }

  static bool is_type_0(const Info& info) {
    return (info.flags & IP6T_RT_TYP) != 0 && info.rt_type == 0 && !inverted(info, IP6T_RT_INV_TYP);
  }

  // The bits of flags and invflags agree for the three.
  static Result<void> add_field(const OptionCall& call, uint8_t flag, Info& info) {
    info.flags |= flag;
    if (call.inverted) info.invflags |= flag;
    return {};
  }

  static Result<void> parse_addresses(std::string_view list, Info& info) {
    for (bool more = true; more;) {
      more = list.find(',') != std::string_view::npos;
      if (info.addrnr == std::size(info.addrs)) return fail(Code::kInvalidInput, "too many addresses specified");
      const std::string_view item = next_item(list);
      model::Address address{};
      if (!parse_address(Family::ipv6, item, address)) {
        return fail(Code::kInvalidInput, "bad address: " + std::string(item));
      }
      std::memcpy(&info.addrs[info.addrnr++], address.data(), address.size());
    }
    return {};
  }

  static bool limits_segments(const Info& info) {
    return info.segsleft[0] != 0 || info.segsleft[1] != kMost || inverted(info, IP6T_RT_INV_SGS);
  }

  static void append_segments(const Info& info, Text& out) {
    out.raw_number(info.segsleft[0]);
    if (info.segsleft[0] != info.segsleft[1]) out.raw(':').raw_number(info.segsleft[1]);
  }

  static void append_addresses(const Info& info, Text& out) {
    std::string_view separator;
    for (size_t i = 0; i < std::min<size_t>(info.addrnr, std::size(info.addrs)); ++i) {
      model::Address address;
      std::memcpy(address.data(), &info.addrs[i], address.size());
      out.raw(std::exchange(separator, ",")).raw_address(Family::ipv6, address);
    }
  }
};

}  // namespace

extern constinit const Extension kMatchRt = make_extension<Rt>(
    {.name = "rt", .families = Families::ipv6, .options = kOptions, .summary = "the routing header"});

}  // namespace ferrule::ext

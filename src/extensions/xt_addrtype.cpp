// addrtype, revisions 1 and 0: struct xt_addrtype_info_v1 and xt_addrtype_info in <linux/netfilter/xt_addrtype.h>.
#include <linux/netfilter/xt_addrtype.h>

#include <array>
#include <span>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kSource, kDestination, kLimitIn, kLimitOut };

constexpr std::array<NamedBits, 12> kTypes = {{{"UNSPEC", XT_ADDRTYPE_UNSPEC},
                                               {"UNICAST", XT_ADDRTYPE_UNICAST},
                                               {"LOCAL", XT_ADDRTYPE_LOCAL},
                                               {"BROADCAST", XT_ADDRTYPE_BROADCAST},
                                               {"ANYCAST", XT_ADDRTYPE_ANYCAST},
                                               {"MULTICAST", XT_ADDRTYPE_MULTICAST},
                                               {"BLACKHOLE", XT_ADDRTYPE_BLACKHOLE},
                                               {"UNREACHABLE", XT_ADDRTYPE_UNREACHABLE},
                                               {"PROHIBIT", XT_ADDRTYPE_PROHIBIT},
                                               {"THROW", XT_ADDRTYPE_THROW},
                                               {"NAT", XT_ADDRTYPE_NAT},
                                               {"XRESOLVE", XT_ADDRTYPE_XRESOLVE}}};
constexpr ListRules kTypeList = {kTypes, Spelling::kBeginning, EmptyItems::kUnknown, "addrtype: bad type \"", "\""};

// iptables quotes what it does not know as `x,y' while a comma follows.
constexpr ListRules kTypeListBeforeComma = {kTypes, Spelling::kBeginning, EmptyItems::kUnknown, "addrtype: bad type `",
                                            "'"};

Result<uint32_t> read_types(std::string_view list) {
  const size_t last = list.rfind(',');
  if (last == std::string_view::npos) return read_bits(kTypeList, list);
  if (!read_bits(kTypeListBeforeComma, list.substr(0, last))) return read_bits(kTypeListBeforeComma, list);
  return read_bits(kTypeList, list);
}

constexpr std::array<Option, 4> kOptions = {
    {{.name = "src-type",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "type[,type...]",
      .help = "the source address is of one of these types"},
     {.name = "dst-type",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "type[,type...]",
      .help = "the destination address is of one of these types"},
     {.name = "limit-iface-in", .excludes = bit(kLimitOut), .help = "judge by the interface the packet came in on"},
     {.name = "limit-iface-out", .excludes = bit(kLimitIn), .help = "judge by the interface the packet leaves on"}}};
constexpr auto kOptionsR0 = std::span(kOptions).first<kLimitIn>();

bool source_inverted(const xt_addrtype_info_v1& info) { return (info.flags & XT_ADDRTYPE_INVERT_SOURCE) != 0; }
bool source_inverted(const xt_addrtype_info& info) { return info.invert_source != 0; }
bool destination_inverted(const xt_addrtype_info_v1& info) { return (info.flags & XT_ADDRTYPE_INVERT_DEST) != 0; }
bool destination_inverted(const xt_addrtype_info& info) { return info.invert_dest != 0; }
void invert_source(xt_addrtype_info_v1& info) { info.flags |= XT_ADDRTYPE_INVERT_SOURCE; }
void invert_source(xt_addrtype_info& info) { info.invert_source = 1; }
void invert_destination(xt_addrtype_info_v1& info) { info.flags |= XT_ADDRTYPE_INVERT_DEST; }
void invert_destination(xt_addrtype_info& info) { info.invert_dest = 1; }

// What both revisions have: two masks of types and their inversions.
template <typename Payload>
struct Types {
  using Info = Payload;

  static Result<void> parse_types(const OptionCall& call, Info& info) {
    const auto types = read_types(call.text);
    if (!types) return tl::unexpected(types.error());
    if (call.id == kSource) {
      info.source = static_cast<uint16_t>(*types);
      if (call.inverted) invert_source(info);
    } else {
      info.dest = static_cast<uint16_t>(*types);
      if (call.inverted) invert_destination(info);
    }
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if ((call.seen & (bit(kSource) | bit(kDestination))) != 0) return {};
    return call.error("you must specify --src-type or --dst-type");
  }

  static void save_types(const Info& info, Text& out) {
    if (info.source != 0) raw_names(kTypes, info.source, out.option("src-type", source_inverted(info)).raw(' '));
    if (info.dest != 0) raw_names(kTypes, info.dest, out.option("dst-type", destination_inverted(info)).raw(' '));
  }

  // `destination_label` differs between the revisions.
  static void print_types(const Info& info, std::string_view destination_label, Text& out) {
    out.raw(" ADDRTYPE match");
    if (info.source != 0) raw_names(kTypes, info.source, out.raw(source_inverted(info) ? " src-type !" : " src-type "));
    if (info.dest == 0) return;
    raw_names(kTypes, info.dest, out.raw(destination_label).raw(destination_inverted(info) ? "!" : ""));
  }
};

struct Addrtype : Types<xt_addrtype_info_v1> {
  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kSource || call.id == kDestination) return parse_types(call, info);
    info.flags |= call.id == kLimitIn ? XT_ADDRTYPE_LIMIT_IFACE_IN : XT_ADDRTYPE_LIMIT_IFACE_OUT;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    save_types(info, out);
    if ((info.flags & XT_ADDRTYPE_LIMIT_IFACE_IN) != 0) out.option("limit-iface-in");
    if ((info.flags & XT_ADDRTYPE_LIMIT_IFACE_OUT) != 0) out.option("limit-iface-out");
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    print_types(info, " dst-type ", out);
    if ((info.flags & XT_ADDRTYPE_LIMIT_IFACE_IN) != 0) out.raw(" limit-in");
    if ((info.flags & XT_ADDRTYPE_LIMIT_IFACE_OUT) != 0) out.raw(" limit-out");
  }

  static void help(Text& out) {
    out.raw("Types: ");
    raw_names(kTypes, 0xfff, out);
    out.raw('\n');
  }
};

struct AddrtypeR0 : Types<xt_addrtype_info> {
  static Result<void> parse(OptionCall& call, Info& info) { return parse_types(call, info); }
  static void save(const PrintCall&, const Info& info, Text& out) { save_types(info, out); }
  static void print(const PrintCall&, const Info& info, Text& out) { print_types(info, " dst-type", out); }
};

constexpr std::string_view kSummary = "the type that the routing table gives an address";

}  // namespace

extern constinit const Extension kMatchAddrtypeR1 =
    make_extension<Addrtype>({.name = "addrtype", .revision = 1, .options = kOptions, .summary = kSummary});
extern constinit const Extension kMatchAddrtypeR0 = make_extension<AddrtypeR0>(
    {.name = "addrtype", .families = Families::ipv4, .options = kOptionsR0, .summary = kSummary});

}  // namespace ferrule::ext

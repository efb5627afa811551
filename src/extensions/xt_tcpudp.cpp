// tcp and udp, revision 0: struct xt_tcp and xt_udp in <linux/netfilter/xt_tcpudp.h>.
#include <linux/netfilter/xt_tcpudp.h>

#include <array>
#include <cstddef>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"
#include "extensions/ports.hpp"

namespace ferrule::ext {
namespace {

enum TcpOption : size_t { kSyn = kAfterPorts, kTcpFlags, kTcpOption };

constexpr std::array<NamedBits, 8> kFlagNames = {{{"FIN", 0x01},
                                                  {"SYN", 0x02},
                                                  {"RST", 0x04},
                                                  {"PSH", 0x08},
                                                  {"ACK", 0x10},
                                                  {"URG", 0x20},
                                                  {"ALL", 0x3f},
                                                  {"NONE", 0}}};
constexpr auto kSingleFlags = std::span(kFlagNames).first<6>();
constexpr ListRules kFlagList = {kFlagNames, Spelling::kWhole, EmptyItems::kSkipped, "Unknown TCP flag `", "'"};

constexpr auto kTcpOptions =
    joined(port_options(offsetof(xt_tcp, spts), offsetof(xt_tcp, dpts)),
           std::array<Option, 3>{{{.name = "syn", .flags = kInvert, .help = "SYN is set, and ACK, RST and FIN are not"},
                                  {.name = "tcp-flags",
                                   .arg = Arg::kString,
                                   .flags = kInvert | kTwoWords,
                                   .metavar = "mask comp",
                                   .help = "of the flags in mask just those in comp are set"},
                                  {.name = "tcp-option",
                                   .arg = Arg::kString,
                                   .flags = kInvert,
                                   .metavar = "number",
                                   .help = "the header has this option"}}});

void raw_flags(uint8_t flags, Text& out) {
  if ((flags & 0x3f) == 0) {
    out.raw("NONE");
  } else {
    raw_names(kSingleFlags, flags, out);
  }
}

void print_flags(const PrintCall& call, const xt_tcp& info, Text& out) {
  out.raw(" flags:").raw((info.invflags & XT_TCP_INV_FLAGS) != 0 ? "!" : "");
  if (call.numbers == Numbers::kNumeric) {
    out.raw_upper_hex(info.flg_mask, 2).raw('/').raw_upper_hex(info.flg_cmp, 2);
    return;
  }
  raw_flags(info.flg_mask, out);
  out.raw('/');
  raw_flags(info.flg_cmp, out);
}

// What tcp and udp do alike with their ports. `Info` is xt_tcp or xt_udp, whose inversion bits have the same values.
template <typename Info>
struct PortMatch {
  static_assert(XT_TCP_INV_SRCPT == XT_UDP_INV_SRCPT && XT_TCP_INV_DSTPT == XT_UDP_INV_DSTPT);

  static void init(Info& info, Family) { info.spts[1] = info.dpts[1] = 0xffff; }

  static void set_inversion(const OptionCall& call, Info& info) {
    constexpr uint8_t kSource = XT_TCP_INV_SRCPT;
    constexpr uint8_t kDestination = XT_TCP_INV_DSTPT;
    if (call.inverted) info.invflags |= is_source_port(call.id) ? kSource : kDestination;
  }

  static bool source_inverted(const Info& info) { return (info.invflags & XT_TCP_INV_SRCPT) != 0; }
  static bool destination_inverted(const Info& info) { return (info.invflags & XT_TCP_INV_DSTPT) != 0; }

  static void save(const Info& info, Text& out) {
    if (!is_all_ports(info.spts) || source_inverted(info)) save_ports("sport", info.spts, source_inverted(info), out);
    if (!is_all_ports(info.dpts) || destination_inverted(info)) {
      save_ports("dport", info.dpts, destination_inverted(info), out);
    }
  }

  static void print(const PrintCall& call, const Info& info, std::string_view protocol, Text& out) {
    out.word(protocol);
    print_ports(call, "spt", info.spts, source_inverted(info), protocol, out);
    print_ports(call, "dpt", info.dpts, destination_inverted(info), protocol, out);
  }
};

constexpr std::string_view kOneOfFlags = "Only one of `--syn' or `--tcp-flags'  allowed";

struct Tcp {
  using Info = xt_tcp;
  using Ports = PortMatch<xt_tcp>;

  static void init(Info& info, Family family) { Ports::init(info, family); }

  static Result<void> parse(OptionCall& call, Info& info) {
    if (is_port_option(call.id)) {
      Ports::set_inversion(call, info);
      return {};
    }
    if (call.id == kTcpOption) return parse_option(call, info);
    if ((call.seen & (bit(kSyn) | bit(kTcpFlags))) != 0) return fail(Code::kInvalidInput, std::string(kOneOfFlags));
    if (call.inverted) info.invflags |= XT_TCP_INV_FLAGS;
    return parse_flags(call, info);
  }

  static Result<void> parse_option(const OptionCall& call, Info& info) {
    uint64_t number = 0;
    if (!parse_number(call.text, 0xff, number) || number == 0) {
      return fail(Code::kInvalidInput, "Bad TCP option \"" + std::string(call.text) + "\"");
    }
    info.option = static_cast<uint8_t>(number);
    if (call.inverted) info.invflags |= XT_TCP_INV_OPTION;
    return {};
  }

  static std::string refusal(const OptionCall& call, Refusal why) {
    if (why != Refusal::kTwice) return {};
    if (call.id == kSyn || call.id == kTcpFlags) return std::string(kOneOfFlags);
    return "Only one `--" + std::string(call.option.name) + "' allowed";
  }

  static Result<void> parse_flags(const OptionCall& call, Info& info) {
    const auto mask = read_bits(kFlagList, call.id == kSyn ? "SYN,RST,ACK,FIN" : call.text);
    if (!mask) return tl::unexpected(mask.error());
    const auto set = read_bits(kFlagList, call.id == kSyn ? "SYN" : call.second);
    if (!set) return tl::unexpected(set.error());
    info.flg_mask = static_cast<uint8_t>(*mask);
    info.flg_cmp = static_cast<uint8_t>(*set);
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    Ports::save(info, out);
    if (info.option != 0 || (info.invflags & XT_TCP_INV_OPTION) != 0) {
      out.option("tcp-option", (info.invflags & XT_TCP_INV_OPTION) != 0).number(info.option);
    }
    if (info.flg_mask == 0 && info.flg_cmp == 0 && (info.invflags & XT_TCP_INV_FLAGS) == 0) return;
    out.option("tcp-flags", (info.invflags & XT_TCP_INV_FLAGS) != 0).raw(' ');
    raw_flags(info.flg_mask, out);
    out.raw(' ');
    raw_flags(info.flg_cmp, out);
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    Ports::print(call, info, "tcp", out);
    if (info.option != 0 || (info.invflags & XT_TCP_INV_OPTION) != 0) {
      out.raw(" option=").raw((info.invflags & XT_TCP_INV_OPTION) != 0 ? "!" : "").raw_number(info.option);
    }
    if (info.flg_mask != 0 || (info.invflags & XT_TCP_INV_FLAGS) != 0) print_flags(call, info, out);
  }

  static void help(Text& out) { out.raw("Flags: FIN SYN RST PSH ACK URG, and ALL or NONE of them\n"); }
};

constexpr auto kUdpOptions =
    port_options(offsetof(xt_udp, spts), offsetof(xt_udp, dpts), static_cast<uint8_t>(kInvert | kAnyOrder));

struct Udp {
  using Info = xt_udp;
  using Ports = PortMatch<xt_udp>;

  static void init(Info& info, Family family) { Ports::init(info, family); }

  static Result<void> parse(OptionCall& call, Info& info) {
    Ports::set_inversion(call, info);
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) { Ports::save(info, out); }

  static void print(const PrintCall& call, const Info& info, Text& out) { Ports::print(call, info, "udp", out); }
};

}  // namespace

extern constinit const Extension kMatchTcp =
    make_extension<Tcp>({.name = "tcp", .options = kTcpOptions, .summary = "TCP ports, flags and options"});

extern constinit const Extension kMatchUdp =
    make_extension<Udp>({.name = "udp", .options = kUdpOptions, .summary = "UDP ports"});

}  // namespace ferrule::ext

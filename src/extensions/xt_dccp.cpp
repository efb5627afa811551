// dccp, revision 0: struct xt_dccp_info in <linux/netfilter/xt_dccp.h>.
#include <linux/netfilter/xt_dccp.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"
#include "extensions/ports.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kTypes = kAfterPorts, kDccpOption };

constexpr uint32_t kInvalidTypes = 0xfc00;  // the types that no packet should have
constexpr std::array<NamedBits, 11> kTypeNames = {{{"REQUEST", 1u << 0},
                                                   {"RESPONSE", 1u << 1},
                                                   {"DATA", 1u << 2},
                                                   {"ACK", 1u << 3},
                                                   {"DATAACK", 1u << 4},
                                                   {"CLOSEREQ", 1u << 5},
                                                   {"CLOSE", 1u << 6},
                                                   {"RESET", 1u << 7},
                                                   {"SYNC", 1u << 8},
                                                   {"SYNCACK", 1u << 9},
                                                   {"INVALID", kInvalidTypes}}};
constexpr ListRules kTypeList = {kTypeNames, Spelling::kWhole, EmptyItems::kSkipped, "Unknown DCCP type `", "'"};

constexpr auto kOptions = joined(
    port_options(offsetof(xt_dccp_info, spts), offsetof(xt_dccp_info, dpts), static_cast<uint8_t>(kInvert | kAnyOrder)),
    std::array<Option, 2>{{{.name = "dccp-types",
                            .arg = Arg::kString,
                            .flags = kInvert,
                            .metavar = "type[,type...]",
                            .help = "the packet is of one of these types"},
                           {.name = "dccp-option",
                            .arg = Arg::kU8,
                            .flags = kInvert,
                            .min = 1,
                            .offset = offsetof(xt_dccp_info, option),
                            .metavar = "number",
                            .help = "the header has this option"}}});

struct Dccp {
  using Info = xt_dccp_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    const uint16_t flag = flag_of(call.id);
    info.flags |= flag;
    if (call.inverted) info.invflags |= flag;
    if (call.id != kTypes) return {};
    const auto types = read_bits(kTypeList, call.text);
    if (!types) return tl::unexpected(types.error());
    if (*types == 0) return call.bad_value();
    info.typemask = static_cast<uint16_t>(*types);
    return {};
  }

  static uint16_t flag_of(size_t id) {
    if (id == kTypes) return XT_DCCP_TYPE;
    if (id == kDccpOption) return XT_DCCP_OPTION;
    return is_source_port(id) ? XT_DCCP_SRC_PORTS : XT_DCCP_DEST_PORTS;
  }

  static bool has(const Info& info, uint16_t flag) { return (info.flags & flag) != 0; }
  static bool inverted(const Info& info, uint16_t flag) { return (info.invflags & flag) != 0; }

  static void save(const PrintCall&, const Info& info, Text& out) {
    if (has(info, XT_DCCP_SRC_PORTS)) save_ports("sport", info.spts, inverted(info, XT_DCCP_SRC_PORTS), out);
    if (has(info, XT_DCCP_DEST_PORTS)) save_ports("dport", info.dpts, inverted(info, XT_DCCP_DEST_PORTS), out);
    if (has(info, XT_DCCP_TYPE)) {
      raw_names(kTypeNames, info.typemask, out.option("dccp-types", inverted(info, XT_DCCP_TYPE)).raw(' '));
    }
    if (has(info, XT_DCCP_OPTION)) out.option("dccp-option", inverted(info, XT_DCCP_OPTION)).number(info.option);
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(" dccp");
    if (has(info, XT_DCCP_SRC_PORTS)) {
      print_ports(call, "spt", info.spts, inverted(info, XT_DCCP_SRC_PORTS), "dccp", out);
    }
    if (has(info, XT_DCCP_DEST_PORTS)) {
      print_ports(call, "dpt", info.dpts, inverted(info, XT_DCCP_DEST_PORTS), "dccp", out);
    }
    if (has(info, XT_DCCP_TYPE)) print_types(call, info, out);
    if (has(info, XT_DCCP_OPTION)) {
      out.raw(inverted(info, XT_DCCP_OPTION) ? " option=!" : " option=").raw_number(info.option);
    }
  }

  static void print_types(const PrintCall& call, const Info& info, Text& out) {
    out.raw(inverted(info, XT_DCCP_TYPE) ? " ! " : " ");
    if (call.numbers == Numbers::kNames) {
      raw_names(kTypeNames, info.typemask, out);
      return;
    }
    std::string_view separator;
    for (unsigned type = 0; type < 16; ++type) {
      if ((info.typemask & (1u << type)) == 0) continue;
      out.raw(separator).raw_number(type);
      separator = ",";
    }
  }

  static void help(Text& out) {
    out.raw("Types: ");
    raw_names(kTypeNames, 0xffff, out);
    out.raw('\n');
  }
};

}  // namespace

extern constinit const Extension kMatchDccp =
    make_extension<Dccp>({.name = "dccp", .options = kOptions, .summary = "DCCP ports, packet types and options"});

}  // namespace ferrule::ext

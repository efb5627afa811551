// pkttype, revision 0: struct xt_pkttype_info in <linux/netfilter/xt_pkttype.h>; values of <linux/if_packet.h>.
#include <linux/if_packet.h>
#include <linux/netfilter/xt_pkttype.h>

#include <algorithm>
#include <array>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

struct PacketType {
  std::string_view name;
  int value;
};

// Of two names for one type the first is printed.
constexpr std::array<PacketType, 7> kTypes = {{{"unicast", PACKET_HOST},
                                               {"broadcast", PACKET_BROADCAST},
                                               {"multicast", PACKET_MULTICAST},
                                               {"otherhost", PACKET_OTHERHOST},
                                               {"host", PACKET_HOST},
                                               {"bcast", PACKET_BROADCAST},
                                               {"mcast", PACKET_MULTICAST}}};

constexpr std::array<Option, 1> kOptions = {{{.name = "pkt-type",
                                              .arg = Arg::kString,
                                              .flags = kInvert | kMandatory,
                                              .metavar = "unicast|broadcast|multicast|otherhost",
                                              .help = "whom the link layer sent the packet to"}}};

struct Pkttype {
  using Info = xt_pkttype_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                     [&](const PacketType& row) { return same_word(row.name, call.text); });
    if (found == kTypes.end()) return fail(Code::kInvalidInput, "Bad packet type '" + std::string(call.text) + "'");
    info.pkttype = found->value;
    info.invert = call.inverted ? 1 : 0;
    return {};
  }

  static void raw_type(const Info& info, Text& out) {
    const auto* found =
        std::find_if(kTypes.begin(), kTypes.end(), [&](const PacketType& row) { return row.value == info.pkttype; });
    if (found == kTypes.end()) {
      out.raw_number(static_cast<uint32_t>(info.pkttype));
    } else {
      out.raw(found->name);
    }
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    raw_type(info, out.option("pkt-type", info.invert != 0).raw(' '));
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    raw_type(info, out.raw(info.invert != 0 ? " PKTTYPE != " : " PKTTYPE = "));
  }
};

}  // namespace

extern constinit const Extension kMatchPkttype =
    make_extension<Pkttype>({.name = "pkttype", .options = kOptions, .summary = "the link layer's packet type"});

}  // namespace ferrule::ext

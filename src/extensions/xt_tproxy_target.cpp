// TPROXY: struct xt_tproxy_target_info_v1 (revision 1) and xt_tproxy_target_info (revision 0, IPv4) in
// <linux/netfilter/xt_TPROXY.h>.
#include <endian.h>
#include <linux/netfilter/xt_TPROXY.h>

#include <cstddef>

#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

enum TproxyOption : size_t { kOnPort, kOnIp, kMark };

template <typename Info>
constexpr std::array<Option, 3> kOptions = {
    {{.name = "on-port",
      .arg = Arg::kPort,
      .flags = kMandatory | kNetworkOrder,
      .offset = offsetof(Info, lport),
      .metavar = "port",
      .help = "the local port; 0 is the packet's own"},
     {.name = "on-ip",
      .arg = Arg::kHost,
      .offset = offsetof(Info, laddr),
      .metavar = "address",
      .help = "the local address (the incoming interface's)"},
     {.name = "tproxy-mark", .arg = Arg::kMarkMask, .metavar = "value[/mask]", .help = "mark the packet"}}};

template <typename Payload>
struct Tproxy {
  using Info = Payload;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kMark) {
      info.mark_value = static_cast<uint32_t>(call.number[0]);
      info.mark_mask = static_cast<uint32_t>(call.number[1]);
    }
    return {};
  }

  static model::Address address(const Info& info) {
    model::Address out{};
    std::memcpy(out.data(), &info.laddr, sizeof info.laddr);
    return out;
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    out.option("on-port").number(be16toh(info.lport));
    out.option("on-ip").raw(' ').raw_address(call.family, address(info));
    out.option("tproxy-mark").hex(info.mark_value).raw('/').raw_hex(info.mark_mask);
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(" TPROXY redirect ").raw_address(call.family, address(info)).raw(':').raw_number(be16toh(info.lport));
    out.raw(" mark").hex(info.mark_value).raw('/').raw_hex(info.mark_mask);
  }
};

template <typename Info>
constexpr Extension tproxy(uint8_t revision, Families families) {
  return make_extension<Tproxy<Info>>({.kind = Kind::target,
                                       .name = "TPROXY",
                                       .revision = revision,
                                       .families = families,
                                       .options = kOptions<Info>,
                                       .summary = "hand the packet to a local socket, unchanged"});
}

}  // namespace

extern constinit const Extension kTargetTproxyR1 = tproxy<xt_tproxy_target_info_v1>(1, Families::both);
extern constinit const Extension kTargetTproxyR0V4 = tproxy<xt_tproxy_target_info>(0, Families::ipv4);

}  // namespace ferrule::ext

// ah (IPv6), revision 0: struct ip6t_ah in <linux/netfilter_ipv6/ip6t_ah.h>.
#include <linux/netfilter_ipv6/ip6t_ah.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/spis.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kSpi, kLength, kReserved };

constexpr std::array<Option, 3> kOptions = {{spi_option("ahspi", offsetof(ip6t_ah, spis)),
                                             {.name = "ahlen",
                                              .arg = Arg::kU32,
                                              .flags = kInvert,
                                              .offset = offsetof(ip6t_ah, hdrlen),
                                              .metavar = "length",
                                              .help = "the header's length in bytes"},
                                             {.name = "ahres", .help = "the reserved field is zero"}}};

struct Ah6 {
  using Info = ip6t_ah;

  static void init(Info& info, Family) { info.spis[1] = 0xffffffff; }

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kReserved) info.hdrres = 1;
    if (call.inverted) info.invflags |= call.id == kSpi ? IP6T_AH_INV_SPI : IP6T_AH_INV_LEN;
    return {};
  }

  static bool spi_inverted(const Info& info) { return (info.invflags & IP6T_AH_INV_SPI) != 0; }
  static bool length_inverted(const Info& info) { return (info.invflags & IP6T_AH_INV_LEN) != 0; }
  static bool limits_length(const Info& info) { return info.hdrlen != 0 || length_inverted(info); }

  static void save(const PrintCall&, const Info& info, Text& out) {
    save_spis("ahspi", info.spis, spi_inverted(info), out);
    if (limits_length(info)) out.option("ahlen", length_inverted(info)).number(info.hdrlen);
    if (info.hdrres != 0) out.option("ahres");
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    print_spis(info.spis, spi_inverted(info), out.raw(" ah "));
    if (limits_length(info)) out.raw(length_inverted(info) ? "length:!" : "length:").raw_number(info.hdrlen);
    if (info.hdrres != 0) out.raw(" reserved");
  }
};

}  // namespace

extern constinit const Extension kMatchAh6 = make_extension<Ah6>(
    {.name = "ah", .families = Families::ipv6, .options = kOptions, .summary = "the authentication header"});

}  // namespace ferrule::ext

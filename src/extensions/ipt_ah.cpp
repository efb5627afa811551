// ah (IPv4), revision 0: struct ipt_ah in <linux/netfilter_ipv4/ipt_ah.h>.
#include <linux/netfilter_ipv4/ipt_ah.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/spis.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {spi_option("ahspi", offsetof(ipt_ah, spis))};

struct Ah {
  using Info = ipt_ah;

  static void init(Info& info, Family) { info.spis[1] = 0xffffffff; }

  static Result<void> parse(OptionCall& call, Info& info) {
    info.invflags = call.inverted ? IPT_AH_INV_SPI : 0;
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    save_spis("ahspi", info.spis, (info.invflags & IPT_AH_INV_SPI) != 0, out);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    print_spis(info.spis, (info.invflags & IPT_AH_INV_SPI) != 0, out.raw(" ah "));
  }
};

}  // namespace

extern constinit const Extension kMatchAh = make_extension<Ah>(
    {.name = "ah", .families = Families::ipv4, .options = kOptions, .summary = "the SPI of an authentication header"});

}  // namespace ferrule::ext

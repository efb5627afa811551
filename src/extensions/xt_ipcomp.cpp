// ipcomp, revision 0: struct xt_ipcomp in <linux/netfilter/xt_ipcomp.h>.
#include <linux/netfilter/xt_ipcomp.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/spis.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kSpi, kReserved };

constexpr std::array<Option, 2> kOptions = {
    {spi_option("ipcompspi", offsetof(xt_ipcomp, spis)), {.name = "compres", .help = "the reserved field is zero"}}};

// Unlike esp and ah this has no preset: without --ipcompspi the index is 0, so what means every index is saved too.
struct Ipcomp {
  using Info = xt_ipcomp;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kReserved) info.hdrres = 1;
    if (call.inverted) info.invflags = XT_IPCOMP_INV_SPI;
    return {};
  }

  static bool is_inverted(const Info& info) { return (info.invflags & XT_IPCOMP_INV_SPI) != 0; }

  static void save(const PrintCall&, const Info& info, Text& out) {
    raw_spis(info.spis, out.option("ipcompspi", is_inverted(info)).raw(' '));
    if (info.hdrres != 0) out.option("compres");
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    print_spis(info.spis, is_inverted(info), out.raw(" comp "));
    if (info.hdrres != 0) out.raw(" reserved");
  }
};

}  // namespace

extern constinit const Extension kMatchIpcomp =
    make_extension<Ipcomp>({.name = "ipcomp", .options = kOptions, .summary = "the IPComp header"});

}  // namespace ferrule::ext

// esp, revision 0: struct xt_esp in <linux/netfilter/xt_esp.h>.
#include <linux/netfilter/xt_esp.h>

#include <array>
#include <cstddef>

#include "extensions/codec.hpp"
#include "extensions/spis.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {spi_option("espspi", offsetof(xt_esp, spis))};

struct Esp {
  using Info = xt_esp;

  static void init(Info& info, Family) { info.spis[1] = 0xffffffff; }

  static Result<void> parse(OptionCall& call, Info& info) {
    info.invflags = call.inverted ? XT_ESP_INV_SPI : 0;
    return {};
  }

  static bool is_inverted(const Info& info) { return (info.invflags & XT_ESP_INV_SPI) != 0; }

  static void save(const PrintCall&, const Info& info, Text& out) {
    save_spis("espspi", info.spis, is_inverted(info), out);
  }

  static void print(const PrintCall&, const Info& info, Text& out) {
    out.raw(limits_spi(info.spis, is_inverted(info)) ? " esp " : " esp");
    print_spis(info.spis, is_inverted(info), out);
  }
};

}  // namespace

extern constinit const Extension kMatchEsp =
    make_extension<Esp>({.name = "esp", .options = kOptions, .summary = "the SPI of an ESP header"});

}  // namespace ferrule::ext

// physdev, revision 0: struct xt_physdev_info in <linux/netfilter/xt_physdev.h>.
#include <net/if.h>
// after <net/if.h>, which it would otherwise clash with
#include <linux/netfilter/xt_physdev.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

enum Id : size_t { kIn, kOut, kIsIn, kIsOut, kIsBridged };

constexpr std::array<Option, 5> kOptions = {
    {{.name = "physdev-in",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "name[+]",
      .help = "the bridge port it came in on"},
     {.name = "physdev-out",
      .arg = Arg::kString,
      .flags = kInvert,
      .metavar = "name[+]",
      .help = "the bridge port it leaves on"},
     {.name = "physdev-is-in", .flags = kInvert, .help = "it came in on a bridge"},
     {.name = "physdev-is-out", .flags = kInvert, .help = "it leaves on a bridge"},
     {.name = "physdev-is-bridged", .flags = kInvert, .help = "it goes through a bridge without being routed"}}};

constexpr std::array<uint8_t, 5> kFlags = {XT_PHYSDEV_OP_IN, XT_PHYSDEV_OP_OUT, XT_PHYSDEV_OP_ISIN, XT_PHYSDEV_OP_ISOUT,
                                           XT_PHYSDEV_OP_BRIDGED};

struct Physdev {
  using Info = xt_physdev_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    info.bitmask |= kFlags[call.id];
    if (call.inverted) info.invert |= kFlags[call.id];
    if (call.id == kIn) return put_interface(call, info.physindev, info.in_mask);
    if (call.id == kOut) return put_interface(call, info.physoutdev, info.out_mask);
    return {};
  }

  static Result<void> put_interface(const OptionCall& call, std::span<char> name, std::span<char> mask) {
    if (call.text.size() >= model::kInterfaceSize) {
      return fail(Code::kInvalidInput,
                  "interface name `" + std::string(call.text) + "' must be shorter than IFNAMSIZ (15)");
    }
    const auto interface = model::Interface::from_text(call.text);
    std::copy(interface.name.begin(), interface.name.end(), name.begin());
    std::copy(interface.mask.begin(), interface.mask.end(), mask.begin());
    return {};
  }

  static Result<void> check(const CheckCall& call, Info&) {
    if (call.seen == 0) return fail(Code::kInvalidInput, "PHYSDEV: no physdev option specified");
    return {};
  }

  static void save(const PrintCall&, const Info& info, Text& out) {
    for (const Id id : {kIsIn, kIn, kIsOut, kOut, kIsBridged}) {
      if ((info.bitmask & kFlags[id]) == 0) continue;
      out.option(kOptions[id].name, (info.invert & kFlags[id]) != 0);
      if (id == kIn) out.word(text_of(info.physindev));
      if (id == kOut) out.word(text_of(info.physoutdev));
    }
  }

  static void print(const PrintCall& call, const Info& info, Text& out) { save(call, info, out.raw(" PHYSDEV match")); }
};

}  // namespace

extern constinit const Extension kMatchPhysdev =
    make_extension<Physdev>({.name = "physdev", .options = kOptions, .summary = "the ports of a bridge"});

}  // namespace ferrule::ext

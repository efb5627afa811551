// TEE: struct xt_tee_tginfo in <linux/netfilter/xt_TEE.h>, revision 1.
#include <linux/netfilter/xt_TEE.h>

#include <cstddef>

#include "extensions/bare_name.hpp"
#include "extensions/codec.hpp"
#include "extensions/fields.hpp"

namespace ferrule::ext {
namespace {

enum TeeOption : size_t { kGateway, kOif };

constexpr std::array<Option, 2> kOptions = {
    {{.name = "gateway",
      .arg = Arg::kHost,
      .flags = kMandatory,
      .offset = offsetof(xt_tee_tginfo, gw),
      .metavar = "address",
      .help = "where the copy goes"},
     {.name = "oif", .arg = Arg::kString, .metavar = "interface", .help = "through which interface"}}};

struct Tee {
  using Info = xt_tee_tginfo;

  static Result<void> parse(OptionCall& call, Info& info) {
    if (call.id == kOif) put_text(info.oif, call.text);
    return {};
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    out.option("gateway").raw(' ').raw_address(call.family, address_of(info.gw));
    if (info.oif[0] != '\0') put_name(out.option("oif"), text_of(info.oif));
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(" TEE gw:");
    const model::Address gateway = address_of(info.gw);
    const auto name =
        call.numbers == Numbers::kNames ? call.names.host_name(call.family, gateway) : std::optional<std::string>{};
    if (name) {
      out.raw(*name);
    } else {
      out.raw_address(call.family, gateway);
    }
    if (info.oif[0] != '\0') out.raw(" oif=").raw(text_of(info.oif));
  }
};

}  // namespace

extern constinit const Extension kTargetTee =
    make_extension<Tee>({.kind = Kind::target,
                         .name = "TEE",
                         .revision = 1,
                         .options = kOptions,
                         .compared = offsetof(xt_tee_tginfo, priv),
                         .summary = "send a copy of the packet to another machine"});

}  // namespace ferrule::ext

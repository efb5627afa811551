// realm (IPv4), revision 0: struct xt_realm_info in <linux/netfilter/xt_realm.h>.
#include <linux/netfilter/xt_realm.h>

#include <array>

#include "extensions/codec.hpp"
#include "extensions/named_values.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {{{.name = "realm",
                                              .arg = Arg::kString,
                                              .flags = kInvert | kMandatory,
                                              .metavar = "value[/mask]|name",
                                              .help = "the routing realm, a name of /etc/iproute2/rt_realms too"}}};

struct Realm {
  using Info = xt_realm_info;

  static Result<void> parse(OptionCall& call, Info& info) {
    const auto realm = parse_named_value(call, NumberFile::routing_realms);
    if (!realm) return tl::unexpected(realm.error());
    info.id = realm->value;
    info.mask = realm->mask;
    info.invert = static_cast<uint8_t>(call.inverted ? 1 : 0);
    return {};
  }

  // Names are saved too, where they are looked up at all.
  static void save(const PrintCall& call, const Info& info, Text& out) {
    PrintCall named = call;
    named.numbers = Numbers::kNames;
    raw_named_value(named, NumberFile::routing_realms, {info.id, info.mask},
                    out.option("realm", info.invert != 0).raw(' '));
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    raw_named_value(call, NumberFile::routing_realms, {info.id, info.mask},
                    out.raw(info.invert != 0 ? " ! realm " : " realm "));
  }
};

}  // namespace

extern constinit const Extension kMatchRealm = make_extension<Realm>(
    {.name = "realm", .families = Families::ipv4, .options = kOptions, .summary = "the routing realm"});

}  // namespace ferrule::ext

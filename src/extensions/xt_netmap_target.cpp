// NETMAP: struct nf_nat_ipv4_multi_range_compat (IPv4) and nf_nat_range (IPv6). The kernel takes the bits in which the
// two ends of the range are equal for the network's, so any mask can be said, not just a prefix.
#include "extensions/fields.hpp"
#include "extensions/nat_range.hpp"

namespace ferrule::ext {
namespace {

constexpr std::array<Option, 1> kOptions = {{{.name = "to",
                                              .arg = Arg::kHostMask,
                                              .flags = kMandatory,
                                              .metavar = "address[/mask]",
                                              .help = "the network that takes the place of the packet's"}}};

template <typename Payload>
struct Netmap {
  using Info = Payload;

  static void init(Info& info, Family) {
    nf_nat_range2 range{};
    range.flags = NF_NAT_RANGE_MAP_IPS;
    store_range(range, info);
  }

  static Result<void> parse(OptionCall& call, Info& info) {
    nf_nat_range2 range = load_range(info);
    model::Address low{};
    model::Address high{};
    for (size_t i = 0; i < model::address_size(call.family()); ++i) {
      low[i] = call.address[i] & call.mask[i];
      high[i] = static_cast<uint8_t>(low[i] | ~call.mask[i]);
    }
    range.min_addr = inet_of(low);
    range.max_addr = inet_of(high);
    store_range(range, info);
    return {};
  }

  static void raw_network(Family family, const Info& info, Text& out) {
    const nf_nat_range2 range = load_range(info);
    const model::Address low = address_of(range.min_addr);
    const model::Address high = address_of(range.max_addr);
    model::Address mask{};
    for (size_t i = 0; i < model::address_size(family); ++i) mask[i] = static_cast<uint8_t>(~(low[i] ^ high[i]));
    out.raw_address(family, low).raw('/');
    if (const int length = prefix_length(family, mask); length >= 0) {
      out.raw_number(static_cast<uint64_t>(length));
    } else {
      out.raw_address(family, mask);
    }
  }

  static void save(const PrintCall& call, const Info& info, Text& out) {
    out.option("to").raw(' ');
    raw_network(call.family, info, out);
  }

  static void print(const PrintCall& call, const Info& info, Text& out) {
    out.raw(" to:");
    raw_network(call.family, info, out);
  }
};

template <typename Info>
constexpr Extension netmap(Families families) {
  return make_extension<Netmap<Info>>({.kind = Kind::target,
                                       .name = "NETMAP",
                                       .families = families,
                                       .options = kOptions,
                                       .summary = "map one network onto another"});
}

}  // namespace

extern constinit const Extension kTargetNetmapV4 = netmap<nf_nat_ipv4_multi_range_compat>(Families::ipv4);
extern constinit const Extension kTargetNetmapV6 = netmap<nf_nat_range>(Families::ipv6);

}  // namespace ferrule::ext

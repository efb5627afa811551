// MASQUERADE: struct nf_nat_ipv4_multi_range_compat (IPv4) and nf_nat_range (IPv6).
#include "extensions/nat_range.hpp"

namespace ferrule::ext {
namespace {

constexpr NatWords kWords = {NatWords::Takes::kPorts, NatWords::Shift::kRefused, "to-ports", " masq ports: "};

constexpr std::array kOptions = {
    nat_range_row("to-ports", 0, "port[-port]", "the source port, or one out of this range"), kNatRandomRow,
    kNatRandomFullyRow};

template <typename Info>
constexpr Extension masquerade(Families families) {
  return make_extension<NatCodec<Info, kWords>>({.kind = Kind::target,
                                                 .name = "MASQUERADE",
                                                 .families = families,
                                                 .options = kOptions,
                                                 .summary = "rewrite the source to the outgoing interface's address"});
}

}  // namespace

extern constinit const Extension kTargetMasqueradeV4 = masquerade<nf_nat_ipv4_multi_range_compat>(Families::ipv4);
extern constinit const Extension kTargetMasqueradeV6 = masquerade<nf_nat_range>(Families::ipv6);

}  // namespace ferrule::ext

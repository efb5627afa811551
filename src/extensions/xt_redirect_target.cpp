// REDIRECT: struct nf_nat_ipv4_multi_range_compat (IPv4) and nf_nat_range (IPv6).
#include "extensions/nat_range.hpp"

namespace ferrule::ext {
namespace {

constexpr NatWords kWords = {NatWords::Takes::kPorts, NatWords::Shift::kRefused, "to-ports", " redir ports "};

constexpr std::array kOptions = {
    nat_range_row("to-ports", 0, "port[-port]", "the local port, or one out of this range"), kNatRandomRow};

template <typename Info>
constexpr Extension redirect(Families families) {
  return make_extension<NatCodec<Info, kWords>>({.kind = Kind::target,
                                                 .name = "REDIRECT",
                                                 .families = families,
                                                 .options = kOptions,
                                                 .summary = "rewrite the destination to this machine"});
}

}  // namespace

extern constinit const Extension kTargetRedirectV4 = redirect<nf_nat_ipv4_multi_range_compat>(Families::ipv4);
extern constinit const Extension kTargetRedirectV6 = redirect<nf_nat_range>(Families::ipv6);

}  // namespace ferrule::ext

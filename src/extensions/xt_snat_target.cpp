// SNAT: struct nf_nat_ipv4_multi_range_compat (IPv4, revision 0) and nf_nat_range (IPv6, revision 1).
#include "extensions/nat_range.hpp"

namespace ferrule::ext {
namespace {

constexpr NatWords kWords = {NatWords::Takes::kAddressesAndPorts, NatWords::Shift::kRefused, "to-source", " to:"};

constexpr std::array kOptions = {nat_range_row("to-source", kMandatory, "[addr[-addr]][:port[-port]]",
                                               "the source address, and the source port, or one out of these ranges"),
                                 kNatRandomRow, kNatRandomFullyRow, kNatPersistentRow};

constexpr std::string_view kSummary = "rewrite the source of a connection";

}  // namespace

extern constinit const Extension kTargetSnatV4 = make_extension<NatCodec<nf_nat_ipv4_multi_range_compat, kWords>>(
    {.kind = Kind::target, .name = "SNAT", .families = Families::ipv4, .options = kOptions, .summary = kSummary});

extern constinit const Extension kTargetSnatV6 =
    make_extension<NatCodec<nf_nat_range, kWords>>({.kind = Kind::target,
                                                    .name = "SNAT",
                                                    .revision = 1,
                                                    .families = Families::ipv6,
                                                    .options = kOptions,
                                                    .summary = kSummary});

}  // namespace ferrule::ext

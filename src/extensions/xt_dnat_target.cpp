// DNAT: struct nf_nat_range2 (revision 2, since Linux 4.18), before it nf_nat_ipv4_multi_range_compat (IPv4, revision
// 0) and nf_nat_range (IPv6, revision 1), which have no room for a base port.
#include "extensions/nat_range.hpp"

namespace ferrule::ext {
namespace {

constexpr NatWords kWords = {NatWords::Takes::kAddressesAndPorts, NatWords::Shift::kAllowed, "to-destination", " to:"};
constexpr NatWords kWordsBefore2 = {kWords.takes, NatWords::Shift::kRefused, kWords.option, kWords.label};

constexpr std::array kOptions = {nat_range_row("to-destination", kMandatory, "[addr[-addr]][:port[-port[/base]]]",
                                               "the destination address, and the port, or one out of these ranges"),
                                 kNatRandomRow, kNatPersistentRow};

constexpr std::string_view kSummary = "rewrite the destination of a connection";

}  // namespace

extern constinit const Extension kTargetDnatR2 = make_extension<NatCodec<nf_nat_range2, kWords>>(
    {.kind = Kind::target, .name = "DNAT", .revision = 2, .options = kOptions, .summary = kSummary});

extern constinit const Extension kTargetDnatR1V6 =
    make_extension<NatCodec<nf_nat_range, kWordsBefore2>>({.kind = Kind::target,
                                                           .name = "DNAT",
                                                           .revision = 1,
                                                           .families = Families::ipv6,
                                                           .options = kOptions,
                                                           .summary = kSummary});

extern constinit const Extension kTargetDnatR0V4 =
    make_extension<NatCodec<nf_nat_ipv4_multi_range_compat, kWordsBefore2>>(
        {.kind = Kind::target, .name = "DNAT", .families = Families::ipv4, .options = kOptions, .summary = kSummary});

}  // namespace ferrule::ext

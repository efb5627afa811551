#include "oracle/known_differences.hpp"

namespace ferrule::test {
namespace {

constexpr std::string_view kFullPortRange =
    "1.8.9 writes nothing at all for an inverted full port range: the rule matches every port where it says none";
constexpr std::string_view kInvertedPair =
    "1.8.9 compares both ports at once, which means `not both`, where the rule says `neither`";
constexpr std::string_view kInvertedZeroPrefix =
    "1.8.9 sends an empty comparison, which the kernel refuses; the rule means `never`, as legacy has it";

constexpr KnownDifference kDifferences[] = {
    {"-A INPUT -p tcp -m tcp ! --sport 0:65535", Flavour::nft, {}, "", kFullPortRange},
    {"-A INPUT -p udp -m udp ! --dport 0:65535", Flavour::nft, {}, "", kFullPortRange},
    {"-A INPUT -p tcp -m tcp ! --sport 1 ! --dport 2", Flavour::nft, {}, "", kInvertedPair},
    {"-A INPUT ! -s 0.0.0.0/0", Flavour::nft, Family::ipv4, "", kInvertedZeroPrefix},
    {"-A INPUT ! -d ::/0", Flavour::nft, Family::ipv6, "", kInvertedZeroPrefix},
};

}  // namespace

std::span<const KnownDifference> known_differences() { return kDifferences; }

const KnownDifference* find_known_difference(const Case& c, Family family, Flavour flavour) {
  for (const KnownDifference& difference : kDifferences) {
    const bool same_family = !difference.family || *difference.family == family;
    if (difference.rule == c.rule && difference.flavour == flavour && same_family) return &difference;
  }
  return nullptr;
}

}  // namespace ferrule::test

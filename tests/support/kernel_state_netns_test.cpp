// The comparison of kernel states itself: rules apart are told apart, and history is not.
#include <gtest/gtest.h>

#include "support/kernel_state.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule::test {
namespace {

KernelState nft_state_of(const FreshNetns& netns) {
  return netns.ask([] { return nft_state(Family::ipv4); });
}

TEST(KernelState, FreshNamespaceHoldsNothing) {
  const FreshNetns netns;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    EXPECT_TRUE(netns.ask([&] { return legacy_state(family); }).empty());
    EXPECT_TRUE(netns.ask([&] { return nft_state(family); }).empty());
    EXPECT_EQ(netns.ask([&] { return legacy_table_names(family); }), "");
  }
}

TEST(KernelState, TellsLegacyRulesApart) {
  const FreshNetns a;
  const FreshNetns b;
  a.must("ip6tables-legacy -A INPUT -p tcp -j DROP");
  b.must("ip6tables-legacy -A INPUT -p udp -j DROP");
  const KernelState in_a = a.ask([] { return legacy_state(Family::ipv6); });
  const KernelState in_b = b.ask([] { return legacy_state(Family::ipv6); });
  ASSERT_EQ(in_a.size(), 1 + 5);
  EXPECT_EQ(first_difference(in_a, in_a), "");
  EXPECT_NE(first_difference(in_a, in_b).find("object 1 differs from byte 0x80 on"), std::string::npos)
      << first_difference(in_a, in_b);
}

TEST(KernelState, TellsNftRulesApartButNotTheirHandles) {
  const FreshNetns a;
  const FreshNetns b;
  const uint32_t before = a.ask(nft_generation);
  a.must("iptables-nft -A INPUT -p tcp -j DROP");
  EXPECT_GT(a.ask(nft_generation), before);
  b.must("iptables-nft -A INPUT -p udp -j DROP");
  EXPECT_NE(first_difference(nft_state_of(a), nft_state_of(b)), "");
  b.must("iptables-nft -F INPUT");
  b.must("iptables-nft -A INPUT -p tcp -j DROP");
  EXPECT_EQ(first_difference(nft_state_of(a), nft_state_of(b)), "");
}

}  // namespace
}  // namespace ferrule::test

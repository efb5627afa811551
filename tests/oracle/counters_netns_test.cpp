// Counters in and out: iptables-restore -c beside `ferrule apply -c`, and the -c form of save.
#include <gtest/gtest.h>

#include "oracle/tools.hpp"

namespace ferrule::test {
namespace {

constexpr const char* kRules =
    "*filter\n"
    ":INPUT ACCEPT [11:1100]\n"
    ":FORWARD DROP [0:0]\n"
    ":work - [5:500]\n"
    "[3:180] -A INPUT -p tcp -m tcp --dport 22 -j work\n"
    "[18446744073709551615:18446744073709551614] -A work -j ACCEPT\n"
    "-A work -m comment --comment none -j RETURN\n"
    "-A work -c 7 700\n"
    "COMMIT\n";

class Counters : public ::testing::TestWithParam<Target> {};

TEST_P(Counters, AreRestoredOnRequestAndSaved) {
  const Target target = GetParam();
  const FreshNetns theirs;
  const FreshNetns ours;
  ASSERT_TRUE(real_restore(theirs, target, kRules, {"-c"}).ok());
  const Completed done = our_apply(ours, target, kRules, {"-c"});
  ASSERT_TRUE(done.ok()) << done.err;
  const std::string saved = our_save(ours, target, {"-c"});
  EXPECT_EQ(first_differing_line(real_save(ours, target, {"-c"}), saved), "");
  // ip6tables-nft 1.8.9 forgets the counters of rules, so there is nothing to compare with.
  if (target.family == Family::ipv6 && target.flavour == Flavour::nft) {
    EXPECT_NE(saved.find("[3:180] -A INPUT"), std::string::npos) << saved;
    EXPECT_NE(saved.find("[7:700] -A work\n"), std::string::npos) << saved;
    return;
  }
  EXPECT_EQ(difference_between(theirs, ours, target), "");
  EXPECT_EQ(first_differing_line(real_save(theirs, target, {"-c"}), saved), "");
}

TEST_P(Counters, StartAtZeroOtherwise) {
  const Target target = GetParam();
  const FreshNetns theirs;
  const FreshNetns ours;
  const std::string rules = "*filter\n:INPUT ACCEPT [11:1100]\n[3:180] -A INPUT -j ACCEPT\nCOMMIT\n";
  ASSERT_TRUE(real_restore(theirs, target, rules).ok());
  const Completed done = our_apply(ours, target, rules);
  ASSERT_TRUE(done.ok()) << done.err;
  EXPECT_EQ(difference_between(theirs, ours, target), "");
  EXPECT_NE(our_save(ours, target, {"-c"}).find("[0:0] -A INPUT -j ACCEPT\n"), std::string::npos);
}

// iptables-nft-restore is refused by the kernel here.
TEST(CountersOfNewRules, StayWithLegacyWhenTheirChainIsZeroed) {
  const Target target{Family::ipv4, Flavour::legacy};
  const FreshNetns theirs;
  const FreshNetns ours;
  const std::string rules =
      "*filter\n-A INPUT -j DROP -c 3 4\n-A INPUT -j ACCEPT -c 5 6\n-Z INPUT\n-Z INPUT 2\nCOMMIT\n";
  ASSERT_TRUE(real_restore(theirs, target, rules, {"-c"}).ok());
  const Completed done = our_apply(ours, target, rules, {"-c"});
  ASSERT_TRUE(done.ok()) << done.err;
  EXPECT_EQ(difference_between(theirs, ours, target), "");
}

INSTANTIATE_TEST_SUITE_P(All, Counters, ::testing::ValuesIn(kTargets),
                         [](const auto& test) { return target_name(test.param); });

}  // namespace
}  // namespace ferrule::test

// Covers src/engine/spawned_facts.cpp: what a ruleset that a binary showed says about a table. That binaries are asked
// where the kernel may not be is shown by integration/suites/restrictions.py.
#include "engine/spawned_facts.hpp"

#include <gtest/gtest.h>

#include "backend_exec/fake_tools.hpp"
#include "backend_exec/save_output.hpp"

namespace ferrule::engine {
namespace {

TableFacts facts_of_text(std::string_view text) {
  const auto ruleset = exec::ruleset_from_save(Family::ipv4, text);
  EXPECT_TRUE(ruleset) << to_string(ruleset.error());
  return facts_of(ruleset->tables.at(0));
}

TEST(SpawnedFacts, CountRulesChainsAndPolicies) {
  const TableFacts facts = facts_of_text(
      "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT DROP [0:0]\n:a - [0:0]\n:KUBE-IPTABLES-HINT - [0:0]\n"
      "-A INPUT -j a\n-A a -j RETURN\nCOMMIT\n");
  EXPECT_EQ(facts.table, TableId::filter);
  EXPECT_TRUE(facts.readable);
  EXPECT_EQ(facts.rules, (RuleCount{.at_least = 2, .exact = true}));
  EXPECT_EQ(facts.user_chains, 2U);
  EXPECT_EQ(facts.dropping, std::vector{Hook::output});
  EXPECT_TRUE(facts.hint_chains.empty()) << "hints count in mangle only";
}

TEST(SpawnedFacts, HintChainsOfMangle) {
  const TableFacts facts = facts_of_text("*mangle\n:KUBE-KUBELET-CANARY - [0:0]\n:other - [0:0]\nCOMMIT\n");
  EXPECT_EQ(facts.hint_chains, std::vector<std::string>{"KUBE-KUBELET-CANARY"});
  EXPECT_EQ(facts.rules.at_least, 0U);
}

// Four questions, two families of two variants, in the time of one.
TEST(SpawnedFacts, BinariesThatHangAreWaitedForOnce) {
  const test::FakeTools tools;
  detect::Inventory inventory;
  for (const detect::Variant variant : {detect::Variant::legacy, detect::Variant::nft}) {
    for (const char* family : {"iptables-", "ip6tables-"}) {
      const std::string name = family + std::string(detect::variant_name(variant)) + "-save";
      tools.add("bin/" + name, "/bin/sleep 1000");
      inventory.binaries.push_back({.name = name,
                                    .path = tools.path("bin/" + name),
                                    .real_path = tools.path("bin/" + name),
                                    .variant = variant});
    }
  }
  Context context;
  context.spawn_deadline = std::chrono::milliseconds(600);
  NamespaceFacts facts;
  const auto begin = std::chrono::steady_clock::now();
  ask_binaries(inventory, context, facts);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1800));
  EXPECT_EQ(tools.runs(), 1);
  EXPECT_FALSE(facts.ipv4.legacy.tables_known);
  EXPECT_FALSE(facts.ipv6.nft.told_by_binary);
}

TEST(SpawnedFacts, TableThatIsNotShownIsUnreadable) {
  EXPECT_FALSE(facts_of_text("# Table `nat' is incompatible, use 'nft' tool.\n").readable);
}

}  // namespace
}  // namespace ferrule::engine

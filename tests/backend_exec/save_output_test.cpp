// Covers src/backend_exec/save_output.cpp: what iptables-save printed becomes the ruleset that prints it again.
#include "backend_exec/save_output.hpp"

#include <gtest/gtest.h>

#include "ferrule/text.hpp"

namespace ferrule::exec {
namespace {

TEST(SaveOutput, PrintsTheSameAgain) {
  constexpr std::string_view kText =
      "*mangle\n"
      ":PREROUTING ACCEPT [0:0]\n"
      ":OUTPUT DROP [7:800]\n"
      ":user - [0:0]\n"
      "[1:2] -A PREROUTING -s 10.0.0.0/8 -p tcp -j user\n"
      "[0:0] -A user -p gre -m nosuch --deep \"a b\" -j RETURN\n"
      "COMMIT\n"
      "*filter\n"
      ":INPUT ACCEPT [0:0]\n"
      "COMMIT\n";
  const auto ruleset = ruleset_from_save(Family::ipv4, kText);
  ASSERT_TRUE(ruleset) << to_string(ruleset.error());
  EXPECT_EQ(to_save_text(*ruleset, {.counters = true, .names = NameLookup::kFiles}), kText);
  const Chain* output = ruleset->find(TableId::mangle)->find("OUTPUT");
  EXPECT_EQ(output->hook, Hook::output);
  EXPECT_EQ(output->policy, Policy::drop);
  EXPECT_EQ(output->counters, (Counters{7, 800}));
  const Chain* user = ruleset->find(TableId::mangle)->find("user");
  EXPECT_FALSE(user->hook);
  EXPECT_EQ(user->references, 1U);
  EXPECT_TRUE(user->rules.at(0).foreign_text());
}

TEST(SaveOutput, OneTableOnly) {
  constexpr std::string_view kText = "*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n*raw\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n";
  const auto ruleset = ruleset_from_save(Family::ipv6, kText, TableId::raw);
  ASSERT_EQ(ruleset->tables.size(), 1U);
  EXPECT_EQ(ruleset->tables[0].id, TableId::raw);
  EXPECT_EQ(ruleset->family, Family::ipv6);
  EXPECT_TRUE(ruleset_from_save(Family::ipv6, kText, TableId::security)->tables.empty());
}

TEST(SaveOutput, UserChainsAreSortedBehindBaseChains) {
  const auto ruleset = ruleset_from_save(
      Family::ipv4, "*filter\n:z - [0:0]\n:OUTPUT ACCEPT [0:0]\n:a - [0:0]\n:INPUT ACCEPT [0:0]\nCOMMIT\n");
  std::string order;
  for (const Chain& chain : ruleset->tables.at(0).chains) order += chain.name.str() + " ";
  EXPECT_EQ(order, "INPUT OUTPUT a z ");
}

TEST(SaveOutput, RemarksAboutWhatIsNotShown) {
  constexpr std::string_view kText =
      "# Table `raw' is incompatible, use 'nft' tool.\n"
      "# Table `filter' contains incompatible base-chains, use 'nft' tool to list them.\n"
      "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"
      "# Table `nat' is incompatible, use 'nft' tool.\n"
      "# Table `nosuch' is incompatible, use 'nft' tool.\n"
      "# Table `\n";
  const auto ruleset = ruleset_from_save(Family::ipv4, kText);
  ASSERT_EQ(ruleset->tables.size(), 3U);
  EXPECT_EQ(ruleset->tables[0].id, TableId::raw);
  EXPECT_TRUE(ruleset->tables[0].incompatible);
  EXPECT_FALSE(ruleset->tables[1].incompatible);
  EXPECT_EQ(ruleset->tables[1].foreign.size(), 1U);
  EXPECT_TRUE(ruleset->tables[2].incompatible);
  EXPECT_EQ(ruleset_from_save(Family::ipv4, kText, TableId::nat)->tables.size(), 1U);
}

TEST(SaveOutput, NonsenseIsAnErrorNotAGuess) {
  for (const std::string_view text :
       {"hello\n", "*filter\n", "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n", "*filter\n:INPUT ACCEPT\nCOMMIT\n",
        "*filter\n:INPUT ACCEPT [0:0]\n-D INPUT 1\nCOMMIT\n"}) {
    SCOPED_TRACE(text);
    const auto ruleset = ruleset_from_save(Family::ipv4, text);
    ASSERT_FALSE(ruleset);
    EXPECT_EQ(ruleset.error().code, Code::kSystem);
  }
}

}  // namespace
}  // namespace ferrule::exec

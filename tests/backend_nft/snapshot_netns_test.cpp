// What a snapshot holds besides rules: which tables and chains, and what is foreign. The text is compared with
// iptables-nft-save's.
#include <gtest/gtest.h>

#include "backend_nft/nft_namespaces.hpp"
#include "ferrule/text.hpp"

namespace ferrule::test {
namespace {

// iptables-nft-save's text without what names it and the time.
std::string saved(const FreshNetns& inside, Family family, const std::string& options = {}) {
  const std::string text = inside.must(tool(family, "nft-save") + options);
  std::string out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin) + 1;
    const std::string line = text.substr(begin, end - begin);
    if (line.rfind("# Generated", 0) != 0 && line.rfind("# Completed", 0) != 0) out += line;
    begin = end;
  }
  return out;
}

std::string our_text(const FreshNetns& inside, Family family) {
  const auto snapshot = nft_snapshot(inside, family);
  EXPECT_TRUE(snapshot) << snapshot.error().message;
  return snapshot ? to_save_text(*snapshot) : std::string();
}

TEST(NftSnapshot, OfNothingIsNothingAndMakesNothing) {
  const FreshNetns ns;
  const uint32_t before = ns.ask(nft_generation);
  for (const Family family : kFamilies) {
    const auto snapshot = nft_snapshot(ns, family);
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->family, family);
    EXPECT_TRUE(snapshot->tables.empty());
    const auto only = nft_snapshot(ns, family, TableId::nat);
    ASSERT_TRUE(only);
    ASSERT_EQ(only->tables.size(), 1u);
    EXPECT_EQ(to_save_text(*only), saved(ns, family, " -t nat"));
    ASSERT_EQ(only->tables[0].chains.size(), 4u);
    EXPECT_EQ(only->tables[0].chains[0].name.view(), "PREROUTING");
    EXPECT_EQ(only->tables[0].chains[0].policy, Policy::accept);
    EXPECT_TRUE(ns.ask([&] { return nft_state(family); }).empty());
  }
  EXPECT_EQ(ns.ask(nft_generation), before);
}

TEST(NftSnapshot, HasTablesAndChainsInTheOrderOfTheTool) {
  const std::string input =
      "*nat\n-A OUTPUT\nCOMMIT\n*filter\n:zeta - [0:0]\n:alpha - [0:0]\n:Beta - [0:0]\n:INPUT DROP [0:0]\n-A zeta\n"
      "-A alpha -j zeta\n-A alpha -g zeta\n-A INPUT -j zeta\nCOMMIT\n*raw\nCOMMIT\n*raw\n-A OUTPUT\nCOMMIT\n"
      "*security\n:x - [0:0]\nCOMMIT\n*mangle\n:POSTROUTING DROP [0:0]\nCOMMIT\n";
  for (const Family family : kFamilies) {
    const FreshNetns ns;
    restore(ns, family, "nft", input);
    EXPECT_EQ(our_text(ns, family), saved(ns, family));
    const auto snapshot = nft_snapshot(ns, family, TableId::filter);
    ASSERT_TRUE(snapshot);
    ASSERT_EQ(snapshot->tables.size(), 1u);
    EXPECT_EQ(snapshot->tables[0].find("zeta")->references, 3u);
    EXPECT_EQ(snapshot->tables[0].find("alpha")->references, 0u);
  }
}

TEST(NftSnapshot, NamesForeignBaseChains) {
  const FreshNetns ns;
  ns.must("nft -f -",
          "table ip filter {\n"
          " chain INPUT { type filter hook input priority 7; ct state new drop; }\n"
          " chain mine { type filter hook forward priority 0; }\n"
          " chain OUTPUT { type filter hook output priority 0; ip saddr 1.2.3.4 drop; }\n"
          "}\n");
  const auto snapshot = nft_snapshot(ns, Family::ipv4);
  ASSERT_TRUE(snapshot);
  const Table& table = snapshot->tables.at(0);
  // A rule in a chain that iptables does not see is none of its business.
  EXPECT_FALSE(table.incompatible);
  ASSERT_EQ(table.foreign.size(), 2u);
  EXPECT_EQ(table.foreign[0].kind, Foreign::Kind::base_chain);
  EXPECT_EQ(table.foreign[0].chain, "INPUT");
  EXPECT_EQ(table.foreign[1].chain, "mine");
  EXPECT_EQ(our_text(ns, Family::ipv4), saved(ns, Family::ipv4));
}

TEST(NftSnapshot, KnowsAUserChainWithABaseChainsName) {
  const FreshNetns ns;
  ns.must("nft -f -", "table ip filter {\n chain INPUT {\n  ip saddr 1.2.3.4 drop\n }\n}\n");
  EXPECT_EQ(our_text(ns, Family::ipv4), saved(ns, Family::ipv4));
}

TEST(NftSnapshot, NamesChainsWithLongNames) {
  const FreshNetns ns;
  const std::string name(40, 'x');
  ns.must("nft -f -", "table ip filter {\n chain " + name + " {\n }\n chain one {\n  jump " + name + "\n }\n}\n");
  const auto snapshot = nft_snapshot(ns, Family::ipv4);
  ASSERT_TRUE(snapshot);
  ASSERT_EQ(snapshot->tables[0].foreign.size(), 2u);
  EXPECT_EQ(snapshot->tables[0].foreign[0].kind, Foreign::Kind::chain);
  EXPECT_EQ(snapshot->tables[0].foreign[0].chain, name);
  EXPECT_EQ(snapshot->tables[0].foreign[1].kind, Foreign::Kind::unreadable_rule);
}

TEST(NftSnapshot, IgnoresOtherFamiliesAndTables) {
  const FreshNetns ns;
  ns.must("nft -f -",
          "table inet filter {\n chain INPUT { type filter hook input priority 0; }\n}\n"
          "table ip mine {\n chain INPUT { type filter hook input priority 0; }\n}\n"
          "table ip6 raw {\n chain x {\n }\n}\n");
  const auto ipv4 = nft_snapshot(ns, Family::ipv4);
  ASSERT_TRUE(ipv4);
  EXPECT_TRUE(ipv4->tables.empty());
  EXPECT_EQ(our_text(ns, Family::ipv6), saved(ns, Family::ipv6));
}

TEST(NftSnapshot, HasTheNamesOfSets) {
  const FreshNetns ns;
  ns.must("ipset create other hash:ip");
  ns.must("ipset create web hash:ip");
  restore(ns, Family::ipv4, "nft",
          "*filter\n-A INPUT -m set --match-set web src\n-A INPUT -j SET --add-set other src --exist\nCOMMIT\n");
  EXPECT_EQ(our_text(ns, Family::ipv4), saved(ns, Family::ipv4));
  // And into a namespace in which they have other indexes.
  const FreshNetns there;
  there.must("ipset create web hash:ip");
  there.must("ipset create other hash:ip");
  auto snapshot = nft_snapshot(ns, Family::ipv4);
  ASSERT_TRUE(snapshot);
  EXPECT_TRUE(nft_commit(there, rebuild(*snapshot)));
  EXPECT_EQ(our_text(there, Family::ipv4), saved(there, Family::ipv4));
  EXPECT_EQ(saved(there, Family::ipv4), saved(ns, Family::ipv4));
  const auto deleted =
      nft_restore(there, Family::ipv4, "*filter\n-D INPUT -m set --match-set web src\nCOMMIT\n", Existing::kKeep);
  EXPECT_TRUE(deleted) << deleted.error().message;
  const auto missing =
      nft_restore(there, Family::ipv4, "*filter\n-A INPUT -m set --match-set nowhere src\nCOMMIT\n", Existing::kKeep);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace ferrule::test

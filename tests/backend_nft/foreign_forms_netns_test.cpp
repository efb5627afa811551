// Rules that nft wrote into iptables' tables: read as iptables-nft reads them, or not read at all and named.
#include <gtest/gtest.h>

#include <algorithm>

#include "backend_nft/nft_namespaces.hpp"
#include "ferrule/text.hpp"

namespace ferrule::test {
namespace {

class NftForeignForms : public testing::Test {
 protected:
  void make_chain(Family family) {
    family_ = family;
    const std::string table = std::string(nft_family()) + " filter";
    ns_.must("nft -f -", "table " + table + " {\n set s { type ipv4_addr; }\n chain foo {\n }\n" +
                             " chain FORWARD { type filter hook forward priority 0; policy accept; }\n}\n");
  }
  const char* nft_family() const { return family_ == Family::ipv4 ? "ip" : "ip6"; }
  // Makes `rule` the only one and reads the table.
  Table read(const std::string& rule) {
    const std::string chain = std::string(nft_family()) + " filter FORWARD";
    ns_.must("nft -f -", "flush chain " + chain + "\nadd rule " + chain + " " + rule + "\n");
    const auto snapshot = nft_snapshot(ns_, family_);
    EXPECT_TRUE(snapshot) << snapshot.error().message;
    if (!snapshot) return {};
    Table table = snapshot->tables.at(0);
    // The sets of the table are named as well.
    const auto is_object = [](const Foreign& each) { return each.kind == Foreign::Kind::object; };
    EXPECT_EQ(std::erase_if(table.foreign, is_object),
              ns_.must("nft list sets").find("set s") == std::string::npos ? 0U : 1U);
    return table;
  }
  // The last line, since the policy comes first.
  std::string tool_says() {
    const Completed done = ns_.command({tool(family_, "nft"), "-S", "FORWARD"});
    std::string out = done.out.substr(0, done.out.empty() ? 0 : done.out.size() - 1);
    return done.err + out.substr(out.rfind('\n') + 1);
  }

  FreshNetns ns_;
  Family family_ = Family::ipv4;
};

// Read as iptables-nft 1.8.9 does.
constexpr const char* kReadable[] = {
    "ip protocol tcp",
    "ip protocol != tcp",
    "ip protocol 253 ip saddr 1.1.1.1",
    "ip saddr 1.2.3.4 accept",
    "ip saddr 1.2.3.0/24 drop",
    "ip saddr & 255.255.0.0 != 1.2.0.0",
    "ip saddr & 0.0.0.255 == 0.0.0.1",
    "ip saddr 1.1.1.1 ip daddr 2.2.2.2",
    "ip saddr 1.1.1.0/24 ip daddr 2.2.2.2",
    "ip frag-off & 0x1fff != 0",
    "ip ttl 5",
    "ip ttl != 5",
    "ip ttl < 5",
    "ip ttl <= 5",
    "ip ttl >= 5",
    "ip ttl > 5",
    "ip ttl 3-8",
    "iif lo",
    "oif != lo",
    R"(iifname "eth*")",
    R"(iifname "eth0")",
    R"(iifname "e" oifname != "lo")",
    "meta mark 5",
    "meta mark & 0xff == 5",
    "meta mark != 5",
    "meta pkttype broadcast",
    "meta pkttype != broadcast",
    "tcp dport 22",
    "tcp dport != 22",
    "tcp dport < 22",
    "tcp dport <= 22",
    "tcp dport > 22",
    "tcp dport >= 22",
    "tcp dport 22-24",
    "tcp dport != 22-24",
    "tcp dport 22 tcp sport 23",
    "tcp sport 5 ip saddr 1.2.3.4 tcp dport > 6",
    "tcp flags syn",
    "tcp flags & (fin|syn) == syn",
    "tcp flags & (fin|syn) != syn",
    "udp sport 5 udp dport 7",
    "ip protocol tcp tcp dport 5",
    "icmp type echo-request",
    "icmp type 3 icmp code 4",
    "meta l4proto != tcp th dport 5",
    "limit rate 5/minute",
    "limit rate 5/minute burst 1 packets",
    "limit rate 100/hour accept",
    "log group 0",
    R"(log prefix "xyz" group 1)",
    "log group 1 snaplen 5 queue-threshold 6",
    "meta nftrace set 1",
    "counter packets 5 bytes 6 accept",
    "counter packets 1 bytes 2 ip saddr 1.2.3.4 drop",
    "return",
    "jump foo",
    "goto foo",
    "continue",
    R"(ip saddr 1.2.3.4 counter accept comment "hello")",
};

TEST_F(NftForeignForms, AreReadAsTheToolReadsThem) {
  make_chain(Family::ipv4);
  for (const char* rule : kReadable) {
    SCOPED_TRACE(rule);
    const Table table = read(rule);
    EXPECT_TRUE(table.foreign.empty()) << table.foreign.front().text;
    ASSERT_EQ(table.find("FORWARD")->rules.size(), 1u);
    EXPECT_EQ(to_rule_text(table.find("FORWARD")->rules[0], "FORWARD", NameLookup::kFiles), tool_says());
  }
}

TEST_F(NftForeignForms, AreReadAsTheToolReadsThemInIpv6) {
  make_chain(Family::ipv6);
  for (const char* rule :
       {"ip6 saddr 1::1 ip6 daddr 2::2", "ip6 saddr 1::/64", "ip6 saddr 1::/63", "ip6 hoplimit 5", "ip6 hoplimit >= 5",
        "icmpv6 type echo-request", "icmpv6 type echo-request icmpv6 code 3", "tcp dport 22", "meta mark 7"}) {
    SCOPED_TRACE(rule);
    const Table table = read(rule);
    EXPECT_TRUE(table.foreign.empty()) << table.foreign.front().text;
    ASSERT_EQ(table.find("FORWARD")->rules.size(), 1u);
    EXPECT_EQ(to_rule_text(table.find("FORWARD")->rules[0], "FORWARD", NameLookup::kFiles), tool_says());
  }
}

struct Reading {
  const char* rule;
  const char* expected;
};

// What 1.8.9 reads wrongly and iptables can say.
constexpr Reading kReadBetter[] = {
    {"ip ttl 5 ip protocol 6", "-A FORWARD -p tcp -m ttl --ttl-eq 5"},
    {"icmp type != echo-request", "-A FORWARD -p icmp -m icmp ! --icmp-type 8"},
    // it dies of this one
    {"tcp flags == syn", "-A FORWARD -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG SYN"},
};

TEST_F(NftForeignForms, AreReadRightWhereTheToolIsWrong) {
  make_chain(Family::ipv4);
  for (const Reading& row : kReadBetter) {
    SCOPED_TRACE(row.rule);
    const Table table = read(row.rule);
    ASSERT_EQ(table.find("FORWARD")->rules.size(), 1u);
    EXPECT_EQ(to_rule_text(table.find("FORWARD")->rules[0], "FORWARD", NameLookup::kFiles), row.expected);
    EXPECT_NE(tool_says(), row.expected) << "the tool has learnt this: move it to kReadable";
  }
  make_chain(Family::ipv6);
  const Table table = read("ip6 nexthdr tcp tcp dport 22");
  ASSERT_EQ(table.find("FORWARD")->rules.size(), 1u);
  EXPECT_EQ(to_rule_text(table.find("FORWARD")->rules[0], "FORWARD"), "-A FORWARD -p tcp -m tcp --dport 22");
}

// What 1.8.9 reads as some other rule, and iptables cannot say.
constexpr Reading kMisread[] = {
    {"meta l4proto > 6", "compares packet metadata for more than equality"},
    {"meta l4proto { tcp, udp }", "looks up the set `__set0'"},
    {"ip protocol 6-17", "compares a field of the network header for less or greater"},
    {"ip saddr > 1.2.3.4 accept", "compares a field of the network header for less or greater"},
    {"ip saddr 1.2.3.4-1.2.3.9", "compares a field of the network header for less or greater"},
    {"ip saddr @s drop", "looks up the set `s'"},
    {"ip saddr 1.2.3.4 ip saddr 1.2.3.5", "compares the source twice"},
    {"ip frag-off & 0x1fff 5", "compares the fragment offset to something else than 0"},
    {"ip frag-off 5", "compares the fragment offset to something else than 0"},
    {"ip ttl & 1 == 1", "invalid ttl field match"},
    {"meta pkttype > broadcast", "compares packet metadata for more than equality"},
    {"tcp dport 22 tcp dport 23", "compares a port twice"},
    {"tcp dport 22 tcp dport != 23", "compares a port twice"},
    {"tcp flags & (syn | ack) == syn tcp flags & fin == fin", "compares the tcp flags twice"},
    {"tcp dport { 22, 23 }", "looks up the set `__set0'"},
    {"tcp dport & 1 == 1", "compares a port under a mask"},
    {"tcp window 5", "compares a part of the transport header"},
    {"udp length 5", "compares a part of the transport header"},
    {"icmp type > 3", "compares the icmp type or code for more than equality"},
    {"icmp code 4", "compares the icmp code of any type"},
    {"@ll,0,8 0x45", "compares a header that iptables does not know"},
    {"ip dscp set 5", "calculates with what it compares"},
    {"ip saddr set 1.2.3.4", "changes the packet"},
    {"log group 1 drop", "goes on after its target"},
};

// Sets, the codes of any icmp type and the first of two ports: what else the rule says is shown in its place.
bool overlooks(std::string_view reason) {
  return reason.starts_with("looks up") || reason == "compares the icmp code of any type" ||
         reason == "compares a port twice" || reason == "compares the tcp flags twice";
}

TEST_F(NftForeignForms, AreNamedWhereTheToolWouldShowAnotherRule) {
  make_chain(Family::ipv4);
  for (const Reading& row : kMisread) {
    SCOPED_TRACE(row.rule);
    const Table table = read(row.rule);
    EXPECT_FALSE(table.incompatible);
    EXPECT_TRUE(table.find("FORWARD")->rules.empty());
    ASSERT_EQ(table.foreign.size(), 1u);
    EXPECT_EQ(table.foreign[0].kind, Foreign::Kind::unreadable_rule);
    EXPECT_EQ(table.foreign[0].chain, "FORWARD");
    EXPECT_EQ(table.foreign[0].number, 1u);
    EXPECT_EQ(table.foreign[0].text, row.expected);
    const std::string theirs = tool_says();
    if (const auto& shown = table.foreign[0].shown) {
      EXPECT_EQ(to_rule_text(*shown, "FORWARD", NameLookup::kFiles), theirs);
    }
    EXPECT_EQ(table.foreign[0].shown.has_value(), overlooks(row.expected));
    EXPECT_EQ(theirs.rfind("-A FORWARD", 0), 0u) << "the tool notices as well: move it to kUnreadable";
  }
}

// What 1.8.9 stops at; the same words.
constexpr const char* kUnreadable[] = {
    "ip saddr != 1.2.3.4-1.2.3.9",
    "ip dscp 5",
    "ip length 5",
    "ip id 5",
    "iifgroup 5",
    "meta mark set 5",
    "meta length 5",
    "sctp dport 5",
    "th dport 5",
    "udplite dport 5",
    "meta nftrace set 0",
    "ip version 4",
    "meta skuid 0",
    "meta cpu 0",
    "icmp mtu 5",
};

TEST_F(NftForeignForms, AreRefusedInTheToolsWords) {
  make_chain(Family::ipv4);
  for (const char* rule : kUnreadable) {
    SCOPED_TRACE(rule);
    const Table table = read(rule);
    ASSERT_EQ(table.foreign.size(), 1u);
    EXPECT_EQ(table.foreign[0].kind, Foreign::Kind::unreadable_rule);
    const std::string theirs = tool_says();
    EXPECT_EQ(theirs.rfind("Error: " + table.foreign[0].text + "\n", 0), 0u) << table.foreign[0].text << "\n" << theirs;
  }
}

constexpr const char* kIncompatible[] = {
    "reject",
    "ct state new",
    "log",
    "limit rate over 5/minute",
    "limit rate 5 bytes/second",
    "meta mark > 5",
    "ip option ra exists",
    "quota 5 bytes",
    "ct count 5",
    "fib saddr type local drop",
    "numgen random mod 2 0",
};

TEST_F(NftForeignForms, MakeATableIncompatible) {
  make_chain(Family::ipv4);
  for (const char* rule : kIncompatible) {
    SCOPED_TRACE(rule);
    const Table table = read(rule);
    EXPECT_TRUE(table.incompatible);
    ASSERT_EQ(table.foreign.size(), 1u);
    EXPECT_EQ(table.foreign[0].kind, Foreign::Kind::rule);
    EXPECT_NE(tool_says().find("is incompatible, use 'nft' tool."), std::string::npos);
  }
}

TEST_F(NftForeignForms, CanBeDeletedByNumberAndStandInNoRulesWay) {
  make_chain(Family::ipv4);
  read("ip saddr @s drop");
  const auto restore_in = [&](const char* lines) {
    return nft_restore(ns_, Family::ipv4, std::string("*filter\n") + lines + "COMMIT\n", Existing::kKeep);
  };
  ASSERT_TRUE(restore_in("-A FORWARD -j DROP\n"));
  // 1.8.9 would find the first.
  ASSERT_TRUE(restore_in("-D FORWARD -j DROP\n"));
  EXPECT_NE(ns_.must("nft list chain ip filter FORWARD").find("@s drop"), std::string::npos);
  EXPECT_FALSE(restore_in("-C FORWARD -j DROP\n"));
  ASSERT_TRUE(restore_in("-D FORWARD 1\n"));
  EXPECT_EQ(ns_.must("nft list chain ip filter FORWARD").find("@s drop"), std::string::npos);
}

}  // namespace
}  // namespace ferrule::test

// Rules in every form of iptables-nft, there and back, against the real tools and without a parser of our own:
// iptables-legacy makes a rule's xtables form from text, iptables-nft its nf_tables form; ours must be the same bytes.
#include <gtest/gtest.h>

#include <algorithm>

#include "backend/sets.hpp"
#include "backend_legacy/snapshot.hpp"
#include "backend_nft/nft_namespaces.hpp"
#include "ferrule/text.hpp"
#include "model/entry.hpp"

namespace ferrule::test {
namespace {

// Of table filter, without `-A chain`.
constexpr const char* kRules[] = {
    "",
    "-j ACCEPT",
    "-j DROP",
    "-j RETURN",
    "-j one",
    "-g one",
    "-i eth0",
    "! -i eth0",
    "-i eth+",
    "! -i eth+",
    "-o abcdefghijklmno",
    "-i e -o f+",
    "-p tcp",
    "! -p udp",
    "-p 255",
    "-p tcp -m tcp",
    "-p tcp --sport 5",
    "-p tcp ! --sport 5",
    "-p tcp --dport 5",
    "-p tcp --sport 5 --dport 6",
    "-p tcp --sport 5 ! --dport 6",
    "-p tcp ! --sport 5 --dport 6",
    "-p tcp --sport 0 --dport 6",
    "-p tcp --sport 0:1023",
    "-p tcp --sport 1024:65535",
    "-p tcp ! --sport 1024:65535",
    "-p tcp --sport 5:9 --dport 6:7",
    "-p tcp --sport 5:9 ! --dport 6",
    "-p tcp --syn",
    "-p tcp ! --syn --dport 6",
    "-p tcp --tcp-flags ALL NONE --sport 1:2 --dport 3",
    "-p tcp --tcp-option 5 --dport 6",
    "-p tcp ! --tcp-option 5 --syn",
    "-p udp -m udp",
    "-p udp --dport 53",
    "-p udp --sport 53 --dport 53",
    "-p udp ! --sport 1:53",
    "-m mark --mark 5",
    "-m mark ! --mark 5",
    "-m mark --mark 0x1ff/0xf0",
    "-m mark --mark 0/0",
    "-m limit",
    "-m limit --limit 20/day",
    "-m limit --limit 5/hour --limit-burst 7",
    "-m limit --limit 33/min",
    "-m limit --limit 60/min",
    "-m limit --limit 10000/sec",
    "-m comment --comment hello -j ACCEPT",
    "-m conntrack --ctstate NEW -m comment --comment x",
    "-p tcp -m multiport --dports 1,2,3:4 -m tcp --sport 5 -j DROP",
    "-m limit --limit 2/sec -p tcp --dport 1 -m mark --mark 1 -j ACCEPT",
    "-m mark --mark 1 -m mark --mark 2/2",
    "-j LOG --log-prefix x",
    "-j MARK --set-mark 1",
    "-j NFLOG",
    "-j NFLOG --nflog-group 7 --nflog-prefix hello --nflog-size 9 --nflog-threshold 3",
    "-j NFLOG --nflog-size 0",
    "-p tcp -j REJECT --reject-with tcp-reset",
    "-j NFQUEUE --queue-num 3",
};

constexpr const char* kIpv4Rules[] = {
    "-s 1.2.3.4",
    "! -s 1.2.3.4",
    "-d 1.2.3.0/24",
    "-s 1.2.0.0/16 -d 1.0.0.0/8",
    "-s 0.0.0.0/8",
    "-s 1.2.3.128/25 ! -d 1.2.3.4/31",
    "-s 1.0.3.0/255.0.255.0",
    "-s 0.0.0.1/0.0.0.255",
    "-f",
    "! -f",
    "-s 1.2.3.4 -d 1.2.3.5 -i a -o b -p tcp -f -j DROP",
    "-p icmp -m icmp --icmp-type 3/4",
    "-m ttl --ttl-lt 5",
    "-m pkttype --pkt-type multicast",
    "-j REJECT",
};

constexpr const char* kIpv6Rules[] = {
    "-s 2001:db8::1",
    "! -d 2001:db8::/32",
    "-s 2001:db8::/33 -d ::1",
    "-s 2001::1/ffff::1",
    "-p icmpv6 -m icmp6 --icmpv6-type 128",
    "-m hl --hl-gt 5",
    "-s 1::1 -d 2::2 -i a -o b -p tcp --dport 1 -j DROP",
};

enum class BaseChains { kAsNeeded, kDeclared };

// Tables in the order in which iptables-nft-save has them. TRACE and CLASSIFY have their places in legacy tables.
std::string input_of(Family family, BaseChains base_chains) {
  const auto declared = [&](const char* lines) { return base_chains == BaseChains::kDeclared ? lines : ""; };
  std::string input = "*mangle\n";
  input += declared(
      ":PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
      ":POSTROUTING ACCEPT [0:0]\n");
  input += "-A POSTROUTING -j CLASSIFY --set-class 1:2\nCOMMIT\n*raw\n";
  input += declared(":PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n");
  input += "-A PREROUTING -j TRACE\nCOMMIT\n*filter\n";
  input += declared(":INPUT DROP [1:2]\n:FORWARD ACCEPT [3:4]\n:OUTPUT ACCEPT [5:6]\n");
  input += ":one - [0:0]\n";
  const auto add = [&](const char* rule) { input += std::string("-A FORWARD ") + rule + "\n"; };
  for (const char* rule : kRules) add(rule);
  if (family == Family::ipv4) {
    for (const char* rule : kIpv4Rules) add(rule);
  } else {
    for (const char* rule : kIpv6Rules) add(rule);
  }
  return input + "COMMIT\n";
}

Ruleset legacy_snapshot(const FreshNetns& inside, Family family) {
  Result<Ruleset> result = fail(Code::kSystem, "not asked");
  inside.run([&] {
    SetNames sets;
    result = legacy::snapshot_tables(family, std::nullopt, sets);
  });
  EXPECT_TRUE(result);
  if (!result) return {};
  // Newest first; the other way round is the order of the input.
  std::reverse(result->tables.begin(), result->tables.end());
  return std::move(*result);
}

std::string hex(std::span<const std::byte> bytes) {
  std::string out;
  for (const std::byte byte : bytes) {
    out += "0123456789abcdef"[std::to_integer<size_t>(byte >> 4)];
    out += "0123456789abcdef"[std::to_integer<size_t>(byte & std::byte{15})];
  }
  return out;
}

// All bytes of a rule but those behind the ends of names: legacy iptables leaves there what was in its memory.
std::string bytes_of(const Rule& rule) {
  std::string out = hex(rule.entry().first(model::entry_header_size(rule.family())));
  const auto add = [&](const model::Part& part) {
    out += "\n" + std::string(part.name) + " " + std::to_string(part.revision) + " " + hex(part.payload);
  };
  for (const model::Part match : model::matches(rule)) add(match);
  add(model::target(rule));
  return out;
}

void expect_same_rules(const Chain& actual, const Chain& expected) {
  ASSERT_EQ(actual.rules.size(), expected.rules.size());
  for (size_t i = 0; i < actual.rules.size(); ++i) {
    SCOPED_TRACE(to_rule_text(expected.rules[i], expected.name.view()));
    EXPECT_TRUE(same_rule(actual.rules[i], expected.rules[i])) << to_rule_text(actual.rules[i], "");
    EXPECT_EQ(bytes_of(actual.rules[i]), bytes_of(expected.rules[i]));
  }
}

class NftRuleForms : public testing::TestWithParam<Family> {};

TEST_P(NftRuleForms, AreReadAsLegacyWouldHaveThem) {
  const FreshNetns nft;
  const FreshNetns legacy;
  restore(nft, GetParam(), "nft", input_of(GetParam(), BaseChains::kAsNeeded));
  restore(legacy, GetParam(), "legacy", input_of(GetParam(), BaseChains::kAsNeeded));
  const auto ours = nft_snapshot(nft, GetParam());
  ASSERT_TRUE(ours) << ours.error().message;
  const Ruleset theirs = legacy_snapshot(legacy, GetParam());
  ASSERT_EQ(ours->tables.size(), 3u);
  for (const Table& table : ours->tables) {
    SCOPED_TRACE(table_name(table.id));
    EXPECT_TRUE(table.foreign.empty());
    const Table* expected = theirs.find(table.id);
    ASSERT_NE(expected, nullptr);
    for (const Chain& chain : table.chains) expect_same_rules(chain, *expected->find(chain.name.view()));
  }
}

TEST_P(NftRuleForms, AreWrittenAsTheToolWritesThem) {
  const FreshNetns nft;
  const FreshNetns legacy;
  const FreshNetns ours;
  restore(nft, GetParam(), "nft", input_of(GetParam(), BaseChains::kAsNeeded));
  restore(legacy, GetParam(), "legacy", input_of(GetParam(), BaseChains::kAsNeeded));
  Transaction transaction = rebuild(legacy_snapshot(legacy, GetParam()));
  // Chains that the input does not name are not made by iptables-nft.
  for (TableChange& change : transaction.changes) {
    std::erase_if(change.operations, [](const Operation& operation) {
      return operation.kind == Operation::Kind::declare_chain && operation.chain.view() != "one";
    });
  }
  const auto committed = nft_commit(ours, std::move(transaction));
  ASSERT_TRUE(committed) << committed.error().message;
  expect_same_nft(nft, ours, GetParam());
}

TEST_P(NftRuleForms, SurviveReadingAndWriting) {
  const FreshNetns nft;
  const FreshNetns ours;
  restore(nft, GetParam(), "nft", input_of(GetParam(), BaseChains::kDeclared));
  const auto snapshot = nft_snapshot(nft, GetParam());
  ASSERT_TRUE(snapshot);
  const auto committed = nft_commit(ours, rebuild(*snapshot));
  ASSERT_TRUE(committed) << committed.error().message;
  expect_same_nft(nft, ours, GetParam());
}

TEST(NftCounters, AreReadAndWritten) {
  // ip6tables-nft 1.8.9 forgets them; ferrule does not.
  const std::string input = "*filter\n:INPUT DROP [7:8]\n:one - [0:0]\n[5:6] -A INPUT -j one\n[1:2] -A one\nCOMMIT\n";
  const FreshNetns nft;
  restore(nft, Family::ipv4, "nft", input);
  for (const Family family : kFamilies) {
    const FreshNetns ours;
    const auto committed = nft_restore(ours, family, input);
    ASSERT_TRUE(committed) << committed.error().message;
    if (family == Family::ipv4) expect_same_nft(nft, ours, family);
    const auto snapshot = nft_snapshot(ours, family);
    ASSERT_TRUE(snapshot);
    const Chain* chain = snapshot->tables[0].find("INPUT");
    EXPECT_EQ(chain->policy, Policy::drop);
    EXPECT_EQ(chain->counters, (Counters{7, 8}));
    EXPECT_EQ(chain->rules[0].counters(), (Counters{5, 6}));
    EXPECT_EQ(snapshot->tables[0].find("one")->references, 1u);
  }
}

INSTANTIATE_TEST_SUITE_P(, NftRuleForms, testing::ValuesIn(kFamilies),
                         [](const auto& test) { return std::string(family_name(test.param)); });

}  // namespace
}  // namespace ferrule::test

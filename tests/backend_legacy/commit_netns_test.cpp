// Commits, compared with what the real programs make of the same: the kernel's bytes must be equal.
#include <gtest/gtest.h>

#include <fstream>

#include "backend_legacy/transactions.hpp"
#include "support/kernel_state.hpp"

namespace ferrule::legacy {
namespace {

using test::FreshNetns;

class CommitTest : public testing::TestWithParam<Family> {
 protected:
  static std::string state_difference(const FreshNetns& expected, const FreshNetns& actual) {
    const Family family = GetParam();
    return test::first_difference(expected.ask([&] { return test::legacy_state(family); }),
                                  actual.ask([&] { return test::legacy_state(family); }));
  }
  static std::string save(const FreshNetns& netns) {
    std::istringstream lines(netns.must(program(GetParam(), "-save") + " -c"));
    std::string text;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("#")) text += line + "\n";
    }
    return text;
  }
};

INSTANTIATE_TEST_SUITE_P(Families, CommitTest, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& family) { return std::string(family_name(family.param)); });

// Each step is one command; after each the kernel holds the same in both namespaces.
constexpr std::string_view kSteps[] = {
    "-P FORWARD DROP",
    "-N one",
    "-N two",
    "-A one -p tcp -j ACCEPT",
    "-A one -p udp -j RETURN",
    "-A one -j two",
    "-I one 2 -i eth0 -j DROP",
    "-I one -o eth+",
    "-A INPUT -g one",
    "-A INPUT -j one -c 11 22",
    "-A FORWARD ! -i lo ! -p tcp -c 33 44",
    "-R one 3 -p tcp -j DROP -c 5 6",
    "-P INPUT DROP",
    "-I INPUT 2 -j one",
    "-I INPUT 4 -p 47",
    "-Z INPUT 3",
    "-D INPUT -j one",
    "-D one 1",
    "-E two renamed",
    "-D one -j renamed",
    "-A FORWARD -j renamed",
    "-Z FORWARD",
    "-F one",
    "-A one -g renamed",
    "-Z",
    "-F FORWARD",
    "-F one",
    "-X renamed",
    "-t mangle -A PREROUTING -j RETURN",
    "-t mangle -N lonely",
    "-t mangle -N another",
    "-t mangle -X",
    "-t raw -P OUTPUT DROP",
    "-t security -A OUTPUT -j ACCEPT",
    "-F",
    "-X",
    "-P INPUT ACCEPT",
};

TEST_P(CommitTest, EachCommandLeavesWhatIptablesLeaves) {
  const FreshNetns theirs;
  const FreshNetns ours;
  for (const std::string_view step : kSteps) {
    theirs.must(program(GetParam()) + " " + std::string(step));
    const auto stats = commit_in(ours, commands(GetParam(), {step}));
    ASSERT_TRUE(stats) << step << ": " << to_string(stats.error());
    EXPECT_EQ(stats->tables, 1u);
    ASSERT_EQ(state_difference(theirs, ours), "") << "after " << step;
  }
}

TEST_P(CommitTest, CommandsTogetherLeaveWhatTheyLeaveOneByOne) {
  const FreshNetns theirs;
  const FreshNetns ours;
  Transaction all;
  for (const std::string_view step : kSteps) {
    theirs.must(program(GetParam()) + " " + std::string(step));
    Transaction one = commands(GetParam(), {step});
    for (TableChange& change : one.changes) all.changes.push_back(std::move(change));
  }
  const auto stats = commit_in(ours, std::move(all));
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(stats->tables, 4u);
  EXPECT_EQ(state_difference(theirs, ours), "");
}

constexpr std::string_view kMesh = R"(*nat
:PREROUTING ACCEPT [1:2]
:POSTROUTING ACCEPT [0:0]
:OUT - [0:0]
:IN - [0:0]
[3:4] -A PREROUTING -p tcp -j IN
-A OUTPUT -p tcp -g OUT
[5:6] -A IN -p tcp -j RETURN
-A OUT -o lo -j RETURN
-A OUT -j ACCEPT
COMMIT
*mangle
:INPUT DROP [7:8]
-A INPUT -i eth0
COMMIT
*filter
:FORWARD DROP [0:0]
COMMIT
)";

TEST_P(CommitTest, RestoreReplacesWhatWasThere) {
  const FreshNetns theirs;
  const FreshNetns ours;
  for (const FreshNetns* netns : {&theirs, &ours}) {
    netns->must(program(GetParam()) + " -t nat -N old");
    netns->must(program(GetParam()) + " -t nat -A OUTPUT -j old");
    netns->must(program(GetParam()) + " -P OUTPUT DROP");  // not mentioned in the text: stays
    netns->must(program(GetParam()) + " -A OUTPUT -j ACCEPT");
  }
  theirs.must(program(GetParam(), "-restore") + " -c", kMesh);
  const auto stats = commit_in(ours, restore(GetParam(), kMesh));
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(stats->tables, 3u);
  EXPECT_EQ(stats->rules, 6u);
  EXPECT_EQ(stats->retries, 0u);
  EXPECT_EQ(state_difference(theirs, ours), "");
  EXPECT_EQ(save(theirs), save(ours));
}

TEST_P(CommitTest, RestoreWithoutFlushKeepsTheRest) {
  const FreshNetns theirs;
  const FreshNetns ours;
  constexpr std::string_view kMore = R"(*nat
:PREROUTING ACCEPT [9:9]
:IN - [0:0]
:NEW - [0:0]
-A IN -p udp -j NEW
-I OUT 2 -p icmp -j ACCEPT
-D OUTPUT 1
-A OUTPUT -j OUT
COMMIT
)";
  for (const FreshNetns* netns : {&theirs, &ours}) netns->must(program(GetParam(), "-restore") + " -c", kMesh);
  theirs.must(program(GetParam(), "-restore") + " -c --noflush", kMore);
  const auto stats = commit_in(ours, restore(GetParam(), kMore, Existing::kKeep));
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(state_difference(theirs, ours), "");
}

TEST_P(CommitTest, TwoBlocksForOneTableAreOneCommit) {
  const FreshNetns theirs;
  const FreshNetns ours;
  const std::string text = "*raw\n:a - [0:0]\n-A OUTPUT -j a\nCOMMIT\n*raw\n:b - [0:0]\n-A OUTPUT -j b\nCOMMIT\n";
  theirs.must(program(GetParam(), "-restore"), text);
  const auto stats = commit_in(ours, restore(GetParam(), text));
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(stats->tables, 1u);
  EXPECT_EQ(state_difference(theirs, ours), "");
}

// Extensions of many kinds. Whatever iptables made of them is read in one namespace and written in the other.
constexpr std::string_view kExtensionRules[] = {
    "-A INPUT -p tcp -m tcp --dport 22:23 --syn -m comment --comment hello -j ACCEPT",
    "-A INPUT -m conntrack --ctstate NEW,RELATED -m limit --limit 3/sec -j LOG --log-prefix here",
    "-A INPUT -m set --match-set first src,dst -j SET --add-set second src --timeout 3 --exist",
    "-A INPUT -m set ! --match-set second dst -m recent --name r --update --seconds 5",
    "-A FORWARD -m statistic --mode random --probability 0.3 -m string --algo bm --string GET -j NFLOG",
    "-A FORWARD -m hashlimit --hashlimit-name h --hashlimit-upto 3/min -j REJECT",
    "-A FORWARD -m multiport -p udp --ports 1,2,3:9 -m mark --mark 0x1/0xff -g chain",
    "-A OUTPUT -m owner --uid-owner 0 -j MARK --set-mark 3 -c 5 6",
    "-A chain -m u32 --u32 0&0xff=1 -m quota --quota 77 -j NFQUEUE --queue-num 3",
    "-t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 15001 -c 1 2",
    "-t nat -A POSTROUTING -j MASQUERADE --random",
    "-t mangle -A PREROUTING -p tcp -j TPROXY --on-port 15006 --tproxy-mark 1/1",
    "-t mangle -A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
    "-t raw -A PREROUTING -j CT --notrack",
};

void make_extension_rules(const FreshNetns& netns, Family family) {
  netns.must(program(family) + " -N chain");
  for (const std::string_view rule : kExtensionRules) netns.must(program(family) + " " + std::string(rule));
}

void make_set(const FreshNetns& netns, Family family, const std::string& name, const std::string& type = "hash:ip") {
  netns.must("ipset create " + name + " " + type + " timeout 9" + (family == Family::ipv4 ? "" : " family inet6"));
}

TEST_P(CommitTest, WhatWasReadIsWrittenByteByByte) {
  const FreshNetns theirs;
  const FreshNetns ours;
  for (const FreshNetns* netns : {&theirs, &ours}) {
    make_set(*netns, GetParam(), "first", "hash:ip,port");
    make_set(*netns, GetParam(), "second");
  }
  make_extension_rules(theirs, GetParam());
  const auto read = snapshot_in(theirs, GetParam());
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->tables.size(), 4u);
  Transaction copy = same_as(*read);
  std::reverse(copy.changes.begin(), copy.changes.end());  // tables are listed newest first
  const auto checked = check_in(ours, copy);
  EXPECT_TRUE(checked) << to_string(checked.error());
  const auto stats = commit_in(ours, copy);
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(state_difference(theirs, ours), "");
  EXPECT_EQ(save(theirs), save(ours));
  // And again, over what is there now.
  ASSERT_TRUE(commit_in(ours, copy));
  EXPECT_EQ(state_difference(theirs, ours), "");
}

TEST_P(CommitTest, SetsGoByNameWhereTheyHaveOtherIndexes) {
  const FreshNetns theirs;
  const FreshNetns ours;
  make_set(theirs, GetParam(), "first", "hash:ip,port");
  make_set(theirs, GetParam(), "second");
  make_set(ours, GetParam(), "in_between");
  make_set(ours, GetParam(), "second");
  make_set(ours, GetParam(), "first", "hash:ip,port");
  make_extension_rules(theirs, GetParam());
  const auto read = snapshot_in(theirs, GetParam(), TableId::filter);
  ASSERT_TRUE(read) << to_string(read.error());
  const auto stats = commit_in(ours, same_as(*read));
  ASSERT_TRUE(stats) << to_string(stats.error());
  const std::string rules = ours.must(program(GetParam()) + " -S INPUT");
  EXPECT_EQ(rules, theirs.must(program(GetParam()) + " -S INPUT"));
  EXPECT_NE(rules.find("--match-set first src,dst"), std::string::npos);
  EXPECT_NE(rules.find("--add-set second src"), std::string::npos);

  // Deleting goes by the name, too.
  Transaction remove{.changes = {{.family = GetParam(), .table = TableId::filter}}};
  for (const Rule& rule : read->tables[0].find("INPUT")->rules) {
    remove.changes[0].operations.push_back(Operation::delete_rule(ChainName("INPUT"), rule));
  }
  EXPECT_TRUE(check_in(ours, remove));
  const auto removed = commit_in(ours, remove);
  ASSERT_TRUE(removed) << to_string(removed.error());
  EXPECT_EQ(ours.must(program(GetParam()) + " -S INPUT"), "-P INPUT ACCEPT\n");
}

TEST_P(CommitTest, AMissingSetNamesItsRule) {
  const FreshNetns theirs;
  const FreshNetns ours;
  make_set(theirs, GetParam(), "first", "hash:ip,port");
  make_set(theirs, GetParam(), "second");
  make_extension_rules(theirs, GetParam());
  const auto read = snapshot_in(theirs, GetParam(), TableId::filter);
  ASSERT_TRUE(read);
  Transaction copy = same_as(*read);
  for (uint32_t line = 1; Operation & op : copy.changes[0].operations) op.line = line++;
  for (const auto& error : {check_in(ours, copy).error(), commit_in(ours, copy).error()}) {
    EXPECT_EQ(error.code, Code::kNotFound);
    EXPECT_EQ(error.message, "Set first doesn't exist");
    EXPECT_EQ(error.origin.line, 7u);
    EXPECT_EQ(error.chain, "INPUT");
    EXPECT_EQ(error.table, "filter");
  }
}

TEST_P(CommitTest, TenThousandRules) {
  const FreshNetns theirs;
  const FreshNetns ours;
  std::ostringstream text;
  text << "*filter\n";
  for (int i = 0; i < 500; ++i) text << ":C" << i << " - [0:0]\n";
  for (int i = 0; i < 500; ++i) text << "-A FORWARD -p " << i % 200 << " -j C" << i << "\n";
  for (int i = 0; i < 9500; ++i)
    text << "-A C" << i % 500 << " -i if" << i << " -j " << (i % 3 ? "RETURN" : "DROP") << "\n";
  text << "COMMIT\n";
  theirs.must(program(GetParam(), "-restore"), text.str());
  const auto stats = commit_in(ours, restore(GetParam(), text.str()));
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(stats->rules, 10000u);
  EXPECT_EQ(state_difference(theirs, ours), "");
  const auto read = snapshot_in(ours, GetParam());
  ASSERT_TRUE(read);
  size_t count = 0;
  for (const Chain& chain : read->tables.at(0).chains) count += chain.rules.size();
  EXPECT_EQ(count, 10000u);
}

}  // namespace
}  // namespace ferrule::legacy

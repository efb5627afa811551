// What fails: with iptables' words, at the right line, and with the kernel as it was.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "backend_legacy/sockopt.hpp"
#include "backend_legacy/transactions.hpp"
#include "backend_legacy/xtables_lock.hpp"
#include "model/entry.hpp"
#include "support/kernel_state.hpp"

namespace ferrule::legacy {
namespace {

using test::FreshNetns;

class RefusalTest : public testing::TestWithParam<Family> {
 protected:
  static test::KernelState state(const FreshNetns& netns) {
    return netns.ask([] { return test::legacy_state(GetParam()); });
  }
  static std::string names(const FreshNetns& netns) {
    return netns.ask([] { return test::legacy_table_names(GetParam()); });
  }
  static std::string save_text(const FreshNetns& netns, TableId table) {
    const auto ruleset = snapshot_in(netns, GetParam(), table);
    EXPECT_TRUE(ruleset) << to_string(ruleset.error());
    return ruleset ? to_save_text(*ruleset) : "";
  }
};

INSTANTIATE_TEST_SUITE_P(Families, RefusalTest, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& family) { return std::string(family_name(family.param)); });

constexpr std::string_view kSetup = R"(*filter
:user - [0:0]
:target - [0:0]
:spare - [0:0]
-A user -p tcp -j target
-A user -i eth0
-A INPUT -j user
COMMIT
)";

struct Refusal {
  std::string_view command;
  Code code;
};

// Each of them is refused by iptables too, and in the same words.
constexpr Refusal kRefusals[] = {
    {"-A missing -j ACCEPT", Code::kNotFound},
    {"-I missing -j ACCEPT", Code::kNotFound},
    {"-I user 4 -j ACCEPT", Code::kNotFound},
    {"-R user 3 -j ACCEPT", Code::kNotFound},
    {"-R missing 1 -j ACCEPT", Code::kNotFound},
    {"-D user 3", Code::kNotFound},
    {"-D missing 1", Code::kNotFound},
    {"-D user -p udp", Code::kNotFound},
    {"-D user -p udp -j ACCEPT", Code::kNotFound},
    {"-D user -p udp -j target", Code::kNotFound},
    {"-D user -p tcp -g target", Code::kNotFound},
    {"-D missing -j target", Code::kNotFound},
    {"-C user -p udp -j ACCEPT", Code::kNotFound},
    {"-C user -j target", Code::kNotFound},
    {"-C missing -j ACCEPT", Code::kNotFound},
    {"-F missing", Code::kNotFound},
    {"-Z missing", Code::kNotFound},
    {"-Z missing 1", Code::kNotFound},
    {"-Z user 3", Code::kNotFound},
    {"-N user", Code::kExists},
    {"-N INPUT", Code::kExists},
    {"-X missing", Code::kNotFound},
    {"-X user", Code::kInUse},
    {"-X target", Code::kInUse},
    {"-X INPUT", Code::kRefused},
    {"-X", Code::kInUse},
    {"-E user target", Code::kExists},
    {"-E user INPUT", Code::kExists},
    {"-E missing new", Code::kNotFound},
    {"-E INPUT new", Code::kNotFound},
    {"-P user DROP", Code::kNotFound},
    {"-P missing DROP", Code::kNotFound},
};

TEST_P(RefusalTest, SaysWhatIptablesSaysAndChangesNothing) {
  const FreshNetns netns;
  netns.must(program(GetParam(), "-restore"), kSetup);
  const test::KernelState before = state(netns);
  const std::string tool = GetParam() == Family::ipv4 ? "iptables" : "ip6tables";
  for (const Refusal& refusal : kRefusals) {
    std::vector<std::string> argv = words(refusal.command);
    argv.insert(argv.begin(), program(GetParam()));
    const std::string theirs = netns.command(argv).err;
    const Transaction ours = commands(GetParam(), {refusal.command});
    const auto stats = commit_in(netns, ours);
    ASSERT_FALSE(stats) << refusal.command;
    const Error& error = stats.error();
    const std::string hint = error.errno_value == EINVAL ? " Run `dmesg' for more information." : "";
    EXPECT_EQ(tool + ": " + error.message + "." + hint + "\n", theirs) << refusal.command;
    EXPECT_EQ(error.code, refusal.code) << refusal.command;
    EXPECT_EQ(error.origin.line, 1u);
    EXPECT_EQ(error.table, "filter");
    EXPECT_EQ(test::first_difference(before, state(netns)), "") << refusal.command;
    // Trying it in memory gives the same answer.
    const auto checked = check_in(netns, ours);
    ASSERT_FALSE(checked) << refusal.command;
    EXPECT_EQ(to_string(checked.error()), to_string(error)) << refusal.command;
    EXPECT_EQ(checked.error().code, error.code) << refusal.command;
    EXPECT_EQ(checked.error().chain, error.chain) << refusal.command;
  }
}

TEST_P(RefusalTest, LooksAtTheWholeRule) {
  const FreshNetns netns;
  const std::string tool = program(GetParam());
  netns.must(tool + " -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT");
  EXPECT_TRUE(commit_in(netns, commands(GetParam(), {"-C INPUT -p tcp --dport 22 -j ACCEPT"})));
  const Transaction other = commands(GetParam(), {"-C INPUT -p tcp --dport 23 -j ACCEPT"});
  EXPECT_FALSE(commit_in(netns, other));
  EXPECT_FALSE(check_in(netns, other));
  EXPECT_FALSE(commit_in(netns, commands(GetParam(), {"-D INPUT -p tcp --dport 23 -j ACCEPT"})));
  // Known difference: ip6tables 1.8.9 finds the rule for another port.
  EXPECT_EQ(netns.command(words(tool + " -C INPUT -p tcp --dport 23 -j ACCEPT")).ok(), GetParam() == Family::ipv6);
  EXPECT_TRUE(commit_in(netns, commands(GetParam(), {"-D INPUT -p tcp --dport 22 -j ACCEPT"})));
}

TEST_P(RefusalTest, JumpsNeedAUserChain) {
  const FreshNetns netns;
  const auto missing = commit_in(netns, commands(GetParam(), {"-N a", "-A INPUT -p tcp -j gone"}));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_EQ(missing.error().message, "Chain 'gone' does not exist");
  EXPECT_EQ(missing.error().origin.line, 2u);
  EXPECT_EQ(missing.error().chain, "INPUT");
  const auto base = commit_in(netns, commands(GetParam(), {"-A INPUT -g FORWARD"}));
  ASSERT_FALSE(base);
  EXPECT_EQ(base.error().code, Code::kRefused);
  EXPECT_EQ(base.error().errno_value, EINVAL);
  EXPECT_EQ(netns.must(program(GetParam()) + " -S"), "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n");
}

TEST_P(RefusalTest, OperationsThatSayNothingUsefulAreInvalid) {
  const FreshNetns netns;
  Transaction other = commands(GetParam() == Family::ipv4 ? Family::ipv6 : Family::ipv4, {"-A INPUT -j ACCEPT"});
  other.changes[0].family = GetParam();
  Transaction none = commands(GetParam(), {"-A INPUT -j ACCEPT"});
  none.changes[0].operations[0].rule.reset();
  Transaction zero = commands(GetParam(), {"-D INPUT 1"});
  zero.changes[0].operations[0].number = 0;
  Transaction no_policy = commands(GetParam(), {"-P INPUT DROP"});
  no_policy.changes[0].operations[0].policy.reset();
  for (const Transaction& transaction : {other, none, zero, no_policy}) {
    for (const auto& error : {check_in(netns, transaction).error(), commit_in(netns, transaction).error()}) {
      EXPECT_EQ(error.code, Code::kInvalidInput);
      EXPECT_NE(error.message, "");
    }
  }
}

TEST_P(RefusalTest, LoopsAreRefusedAtTheCommit) {
  const FreshNetns netns;
  netns.must(program(GetParam(), "-restore"), kSetup);
  const test::KernelState before = state(netns);
  const auto stats = commit_in(netns, restore(GetParam(),
                                              "*filter\n:a - [0:0]\n:b - [0:0]\n-A a -j b\n-A b -j a\n"
                                              "-A INPUT -j a\nCOMMIT\n"));
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().code, Code::kRefused);
  EXPECT_EQ(stats.error().errno_value, ELOOP);
  EXPECT_EQ(to_string(stats.error()), "test.rules:7: Too many levels of symbolic links");
  EXPECT_EQ(test::first_difference(before, state(netns)), "");
}

constexpr std::string_view kRawAndNat = R"(*raw
:PREROUTING DROP [1:2]
:r - [0:0]
[3:4] -A PREROUTING -j r
[5:6] -A r -p tcp -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [7:8]
[9:10] -A PREROUTING -p udp -j ACCEPT
COMMIT
)";

TEST_P(RefusalTest, TablesCommittedBeforeAreRolledBack) {
  const FreshNetns netns;
  netns.must(program(GetParam(), "-restore") + " -c", kRawAndNat);
  netns.must(program(GetParam(), "-restore"), kSetup);
  const test::KernelState before = state(netns);
  constexpr std::string_view kText = R"(*raw
:other - [0:0]
-A OUTPUT -j other
COMMIT
*nat
COMMIT
*filter
:a - [0:0]
-A a -j a
-A OUTPUT -j a
COMMIT
)";
  for (const Existing existing : {Existing::kReplace, Existing::kKeep}) {
    const auto stats = commit_in(netns, restore(GetParam(), kText, existing));
    ASSERT_FALSE(stats);
    EXPECT_EQ(stats.error().errno_value, ELOOP);
    EXPECT_EQ(stats.error().table, "filter");
    EXPECT_EQ(to_string(stats.error()), "test.rules:11: Too many levels of symbolic links");
    EXPECT_EQ(test::first_difference(before, state(netns)), "");
  }
  // Known difference: iptables leaves the tables before it changed.
  EXPECT_FALSE(netns.command({program(GetParam(), "-restore")}, kText).ok());
  EXPECT_NE(test::first_difference(before, state(netns)), "");
}

TEST_P(RefusalTest, NothingIsCommittedWhenALaterTableFailsInUserspace) {
  const FreshNetns netns;
  netns.must(program(GetParam(), "-restore") + " -c", kRawAndNat);
  const test::KernelState before = state(netns);
  const auto stats = commit_in(
      netns, commands(GetParam(), {"-t raw -A OUTPUT -j ACCEPT", "-t nat -A OUTPUT -j ACCEPT", "-t nat -F no"}));
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.error().origin.line, 3u);
  EXPECT_EQ(test::first_difference(before, state(netns)), "");
}

TEST_P(RefusalTest, BothFamiliesStandAndFallTogether) {
  const FreshNetns netns;
  const Family other = GetParam() == Family::ipv4 ? Family::ipv6 : Family::ipv4;
  netns.must(program(other, "-restore") + " -c", kRawAndNat);
  netns.must(program(other) + " -t mangle -S");
  const auto before = netns.ask([&] { return test::legacy_state(other); });
  Transaction both = commands(other, {"-t raw -N x", "-t mangle -P OUTPUT DROP"});
  for (TableChange& change : commands(GetParam(), {"-N a", "-A a -j a", "-A INPUT -j a"}).changes) {
    both.changes.push_back(std::move(change));
  }
  EXPECT_EQ(commit_in(netns, both).error().errno_value, ELOOP);
  EXPECT_EQ(test::first_difference(before, netns.ask([&] { return test::legacy_state(other); })), "");
  both.changes.resize(2);
  const auto stats = commit_in(netns, both);
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(stats->tables, 2u);
}

TEST_P(RefusalTest, LookingCreatesNoTables) {
  const FreshNetns netns;
  const auto all = snapshot_in(netns, GetParam());
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->tables.empty());
  for (const TableId table : kAllTables) {
    const auto only = snapshot_in(netns, GetParam(), table);
    ASSERT_TRUE(only);
    ASSERT_EQ(only->tables.size(), 1u);
    EXPECT_EQ(only->tables[0].id, table);
  }
  EXPECT_TRUE(check_in(netns, restore(GetParam(), kSetup)));
  EXPECT_FALSE(commit_in(netns, commands(GetParam(), {"-C INPUT -j ACCEPT", "-t nat -C OUTPUT -j ACCEPT"})));
  EXPECT_EQ(names(netns), "");
  EXPECT_TRUE(commit_in(netns, commands(GetParam(), {"-t raw -F"})));
  EXPECT_EQ(names(netns), "raw\n");
  // The one that was made up is what the kernel then makes.
  for (const TableId table : kAllTables) {
    const auto made_up = save_text(netns, table);
    netns.must(program(GetParam()) + " -t " + std::string(table_name(table)) + " -X");
    EXPECT_EQ(made_up, save_text(netns, table)) << table_name(table);
  }
}

TEST_P(RefusalTest, SnapshotListsTablesAsSaveDoes) {
  const FreshNetns netns;
  netns.must(program(GetParam(), "-restore") + " -c", kRawAndNat);
  netns.must(program(GetParam(), "-restore"), kSetup);
  const std::string before = names(netns);
  const auto ruleset = snapshot_in(netns, GetParam());
  ASSERT_TRUE(ruleset) << to_string(ruleset.error());
  ASSERT_EQ(ruleset->tables.size(), 3u);
  EXPECT_EQ(ruleset->tables[0].id, TableId::filter);
  EXPECT_EQ(ruleset->tables[1].id, TableId::nat);
  EXPECT_EQ(ruleset->tables[2].id, TableId::raw);
  EXPECT_EQ(ruleset->tables[0].find("target")->references, 1u);
  EXPECT_EQ(names(netns), before);
}

TEST_P(RefusalTest, ChecksOfThePresentStateSucceed) {
  const FreshNetns netns;
  netns.must(program(GetParam(), "-restore"), kSetup);
  const test::KernelState before = state(netns);
  const auto stats = commit_in(netns, commands(GetParam(), {"-C user -p tcp -j target", "-C INPUT -j user"}));
  ASSERT_TRUE(stats) << to_string(stats.error());
  EXPECT_EQ(stats->tables, 0u);
  // Later operations see what earlier ones did, names of chains included.
  const Transaction sequence =
      commands(GetParam(), {"-E target renamed", "-C user -p tcp -j renamed", "-D user -p tcp -j renamed", "-X renamed",
                            "-A INPUT -p tcp", "-C INPUT -p tcp", "-I INPUT 2 -p udp", "-D INPUT 3", "-C INPUT -p udp",
                            "-R INPUT 2 -p tcp", "-D INPUT -p tcp", "-Z INPUT 1", "-Z", "-F user", "-D INPUT 1", "-X",
                            "-N target", "-P INPUT DROP"});
  const auto checked = check_in(netns, sequence);
  EXPECT_TRUE(checked) << to_string(checked.error());
  EXPECT_EQ(test::first_difference(before, state(netns)), "");
  const auto committed = commit_in(netns, sequence);
  ASSERT_TRUE(committed) << to_string(committed.error());
  EXPECT_EQ(netns.must(program(GetParam()) + " -S"), "-P INPUT DROP\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N target\n");
}

TEST_P(RefusalTest, ExtensionsThatTheKernelLacksAreFoundByCheck) {
  const FreshNetns netns;
  Transaction transaction = commands(GetParam(), {"-N x", "-A INPUT -j ACCEPT"});
  model::RuleBuilder builder(GetParam());
  builder.add_match("unheard_of", 0, std::vector<std::byte>(8));
  transaction.changes[1].operations[0].rule = *builder.finish();
  const auto checked = check_in(netns, transaction);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message, "this kernel does not have match unheard_of revision 0");
  EXPECT_EQ(checked.error().origin.line, 2u);
  const auto committed = commit_in(netns, transaction);
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, Code::kRefused);
  EXPECT_EQ(committed.error().message, "No chain/target/match by that name");
}

TEST_P(RefusalTest, ChangingWaitsForTheLockAndLookingDoesNot) {
  const FreshNetns netns;
  netns.must(program(GetParam(), "-restore"), kSetup);
  const auto held = XtablesLock::acquire({.path = test::test_lock_path(), .wait = {}});
  ASSERT_TRUE(held);
  netns.run([] {
    LegacyBackend impatient({.path = test::test_lock_path(), .wait = std::chrono::milliseconds(0)});
    Transaction change = commands(GetParam(), {"-N new"});
    Transaction waiting = change;
    const auto refused = impatient.commit(waiting);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kBusy);
    Transaction look = commands(GetParam(), {"-C INPUT -j user"});
    EXPECT_TRUE(impatient.commit(look));
    EXPECT_TRUE(impatient.check(change));
    EXPECT_TRUE(impatient.snapshot(GetParam(), std::nullopt));
    LegacyBackend elsewhere({.path = test::test_lock_path() + ".own", .wait = {}});
    EXPECT_TRUE(elsewhere.commit(change));
    unlink((test::test_lock_path() + ".own").c_str());
  });
}

// For the calling thread only.
void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2]{};
  ASSERT_EQ(syscall(SYS_capset, &header, none), 0);
}

TEST_P(RefusalTest, WithoutTheRightItSaysWhichOne) {
  const FreshNetns netns;
  netns.must(program(GetParam(), "-restore"), kSetup);
  netns.run([] {
    drop_capabilities();
    Transaction change = commands(GetParam(), {"-N new"});
    Transaction taken = change;
    for (const auto& error : {backend().commit(taken).error(), backend().check(change).error(),
                              backend().snapshot(GetParam(), std::nullopt).error()}) {
      EXPECT_EQ(error.code, Code::kPermission);
      EXPECT_NE(error.message.find("CAP_NET_ADMIN"), std::string::npos) << error.message;
    }
  });
}

}  // namespace
}  // namespace ferrule::legacy

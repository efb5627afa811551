// What commit and check promise beyond single operations: all or nothing, conflicts, size, and what is left alone.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "backend_nft/kernel_view.hpp"
#include "backend_nft/nft_namespaces.hpp"
#include "backend_nft/planner.hpp"
#include "ferrule/text.hpp"

namespace ferrule::test {
namespace {

Transaction parse(Family family, std::string_view input, Existing existing = Existing::kReplace) {
  auto transaction =
      parse_restore(family, input, {.file = "input", .existing = existing, .counters = CounterUse::kRestore});
  EXPECT_TRUE(transaction) << transaction.error().message;
  return transaction ? std::move(*transaction) : Transaction{};
}

// The changes of two transactions in one.
Transaction both(Transaction first, Transaction second) {
  for (TableChange& change : second.changes) first.changes.push_back(std::move(change));
  return first;
}

TEST(NftCommit, WritesBothFamiliesInOneGeneration) {
  const std::string input = "*filter\n:one - [0:0]\n-A INPUT -j one\nCOMMIT\n*nat\n-A OUTPUT -j ACCEPT\nCOMMIT\n";
  const FreshNetns theirs;
  const FreshNetns ours;
  for (const Family family : kFamilies) restore(theirs, family, "nft", input);
  const uint32_t before = ours.ask(nft_generation);
  const auto committed = nft_commit(ours, both(parse(Family::ipv4, input), parse(Family::ipv6, input)));
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_EQ(committed->tables, 4u);
  EXPECT_EQ(committed->rules, 4u);
  EXPECT_EQ(committed->retries, 0u);
  EXPECT_EQ(ours.ask(nft_generation), before + 1);
  for (const Family family : kFamilies) expect_same_nft(theirs, ours, family);
}

TEST(NftCommit, LeavesEverythingAsItWasWhenOneRuleIsRefused) {
  const FreshNetns ns;
  restore(ns, Family::ipv4, "nft", "*filter\n:INPUT DROP [0:0]\n:one - [0:0]\n-A INPUT -j one\nCOMMIT\n");
  const KernelState before = ns.ask([] { return nft_state(Family::ipv4); });
  const uint32_t generation = ns.ask(nft_generation);
  // The kernel allows masquerading in table nat only.
  const auto committed = nft_commit(
      ns, both(parse(Family::ipv4, "*filter\n-A INPUT -p tcp\nCOMMIT\n*raw\n-A OUTPUT\nCOMMIT\n"),
               parse(Family::ipv6, "*filter\n:two - [0:0]\n-A two\n-A two -j MASQUERADE\n-A two\nCOMMIT\n")));
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, Code::kRefused);
  EXPECT_EQ(committed.error().message, "RULE_APPEND failed (Invalid argument): rule in chain two");
  EXPECT_EQ(committed.error().errno_value, EINVAL);
  EXPECT_EQ(committed.error().origin.file, "input");
  EXPECT_EQ(committed.error().origin.line, 4u);
  EXPECT_EQ(committed.error().table, "filter");
  EXPECT_EQ(committed.error().chain, "two");
  EXPECT_EQ(first_difference(before, ns.ask([] { return nft_state(Family::ipv4); })), "");
  EXPECT_TRUE(ns.ask([] { return nft_state(Family::ipv6); }).empty());
  EXPECT_EQ(ns.ask(nft_generation), generation);
}

TEST(NftCommit, RefusesLoopsThatPacketsCanReach) {
  const FreshNetns ns;
  const auto committed = nft_commit(
      ns, parse(Family::ipv4, "*filter\n:a - [0:0]\n:b - [0:0]\n-A a -j b\n-A b -j a\n-A INPUT -j a\nCOMMIT\n"));
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, Code::kRefused);
  EXPECT_EQ(committed.error().errno_value, EMLINK);
  EXPECT_TRUE(ns.ask([] { return nft_state(Family::ipv4); }).empty());
}

TEST(NftCommit, WritesNothingForNothing) {
  const FreshNetns ns;
  const uint32_t before = ns.ask(nft_generation);
  EXPECT_TRUE(nft_commit(ns, {}));
  EXPECT_TRUE(nft_commit(ns, parse(Family::ipv4, "*filter\nCOMMIT\n")));
  EXPECT_TRUE(ns.ask([] { return nft_state(Family::ipv4); }).empty());
  EXPECT_EQ(ns.ask(nft_generation), before);
}

TEST(NftCommit, TakesTenThousandRules) {
  std::string input = "*filter\n:INPUT ACCEPT [0:0]\n";
  for (int i = 0; i < 100; ++i) input += ":chain-" + std::to_string(i) + " - [0:0]\n";
  for (int i = 0; i < 10'000; ++i) {
    input += "-A chain-" + std::to_string(i % 100) + " -s 10." + std::to_string(i / 250) + "." +
             std::to_string(i % 250) + ".1 -p tcp --dport " + std::to_string(i) + " -m comment --comment \"rule " +
             std::to_string(i) + "\" -j ACCEPT\n";
  }
  input += "COMMIT\n";
  const FreshNetns theirs;
  const FreshNetns ours;
  theirs.restore_in_parts("iptables-nft-restore", input);
  const auto committed = nft_commit(ours, parse(Family::ipv4, input));
  ASSERT_TRUE(committed) << committed.error().message;
  expect_same_nft(theirs, ours, Family::ipv4);
  const auto snapshot = nft_snapshot(ours, Family::ipv4);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(to_save_text(*snapshot), to_save_text(*nft_snapshot(theirs, Family::ipv4)));
  // And among so many chains, look-ups of a few are look-ups of those.
  const auto more =
      nft_restore(ours, Family::ipv4, "*filter\n-I chain-7 5 -j DROP\n-D chain-8 1\nCOMMIT\n", Existing::kKeep);
  ASSERT_TRUE(more) << more.error().message;
  restore(theirs, Family::ipv4, "nft", "*filter\n-I chain-7 5 -j DROP\n-D chain-8 1\nCOMMIT\n", true);
  expect_same_nft(theirs, ours, Family::ipv4);
}

TEST(NftCommit, LooksManyChainsUpTogether) {
  const FreshNetns theirs;
  const FreshNetns ours;
  std::string make = "*filter\n";
  std::string change = "*filter\n";
  for (int i = 0; i < 40; ++i) {
    const std::string chain = "c" + std::to_string(i);
    make.append(":").append(chain).append(" - [0:0]\n");
    make.append("-A ").append(chain).append(" -p 201\n-A ").append(chain).append(" -p 202\n");
    change += i % 2 == 0 ? ":" + chain + " - [0:0]\n" : "-D " + chain + " -p 201\n";
  }
  for (const FreshNetns* ns : {&theirs, &ours}) restore(*ns, Family::ipv4, "nft", make + "COMMIT\n");
  restore(theirs, Family::ipv4, "nft", change + "COMMIT\n", true);
  const auto committed = nft_restore(ours, Family::ipv4, change + "COMMIT\n", Existing::kKeep);
  ASSERT_TRUE(committed) << committed.error().message;
  expect_same_nft(theirs, ours, Family::ipv4);
}

TEST(NftCommit, RefersToRulesOfTheSameTransaction) {
  // What 1.8.9 refuses, or dies of: numbers of rules that the restore itself makes.
  const FreshNetns ours;
  const auto committed =
      nft_restore(ours, Family::ipv4,
                  "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p 201\n[3:4] -A INPUT -p 202\n-A INPUT -p 203\n"
                  "-I INPUT 2 -p 204\n-R INPUT 1 -p 205\n-D INPUT 4\n-D INPUT -p 204\n-R INPUT 1 -p 206\n"
                  "-I INPUT 1 -p 207\n-I INPUT 3 -p 208\n-Z INPUT\nCOMMIT\n");
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_EQ(ours.must("iptables-nft -S INPUT"),
            "-P INPUT ACCEPT\n-A INPUT -p 207\n-A INPUT -p 206\n-A INPUT -p 208\n-A INPUT -p 202\n");
  const auto snapshot = nft_snapshot(ours, Family::ipv4);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->tables[0].find("INPUT")->rules[3].counters(), Counters{});
}

TEST(NftCommit, MakesWhatTheRestoreItselfFlushesOrDeletes) {
  const FreshNetns ours;
  const auto committed =
      nft_restore(ours, Family::ipv4, "*filter\n-A INPUT -p 201\n:one - [0:0]\n-A one\n-F\n-X\n-P INPUT DROP\nCOMMIT\n",
                  Existing::kKeep);
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_EQ(ours.must("iptables-nft -S"), "-P INPUT DROP\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n");
}

TEST(NftCommit, CannotRenameAChainOfTheSameTransaction) {
  const FreshNetns ns;
  const auto committed = nft_restore(ns, Family::ipv4, "*filter\n:one - [0:0]\n-E one two\nCOMMIT\n", Existing::kKeep);
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, Code::kUnsupported);
  EXPECT_EQ(committed.error().origin.line, 3u);
}

TEST(NftCommit, LeavesForeignChainsAndOtherTablesAlone) {
  const FreshNetns ns;
  ns.must("nft -f -",
          "table ip filter {\n"
          " set s { type ipv4_addr; elements = { 10.0.0.1 } }\n"
          " chain mine { type filter hook input priority 7; policy accept; ip saddr @s drop; }\n"
          " chain OUTPUT { type filter hook output priority 9; }\n"
          "}\n"
          "table inet filter {\n chain INPUT { type filter hook input priority 0; tcp dport 22 accept; }\n}\n"
          "table ip other {\n chain x { ip saddr 10.0.0.2 drop; }\n}\n");
  const std::string inet = ns.must("nft list table inet filter");
  const std::string other = ns.must("nft list table ip other");
  const auto committed =
      nft_restore(ns, Family::ipv4, "*filter\n-A INPUT -p 201\n:one - [0:0]\n-A one -p 202\n-F INPUT\n-X one\nCOMMIT\n",
                  Existing::kKeep);
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, Code::kInUse) << "a chain that is not empty";
  ASSERT_TRUE(nft_restore(ns, Family::ipv4, "*filter\n-A INPUT -p 201\n:one - [0:0]\n-A one -p 202\n-Z\nCOMMIT\n",
                          Existing::kKeep));
  EXPECT_NE(ns.must("nft list table ip filter").find("ip saddr @s drop"), std::string::npos);
  EXPECT_EQ(ns.must("nft list table inet filter"), inet);
  EXPECT_EQ(ns.must("nft list table ip other"), other);
  for (const char* line : {"-A mine\n", "-F mine\n", "-I INPUT 1 -j mine\n", "-X mine\n"}) {
    SCOPED_TRACE(line);
    const auto refused = nft_restore(ns, Family::ipv4, std::string("*filter\n") + line + "COMMIT\n", Existing::kKeep);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kNotFound);
  }
  // Its name is taken.
  const auto taken = nft_restore(ns, Family::ipv4, "*filter\n-A OUTPUT\nCOMMIT\n", Existing::kKeep);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().message, "CHAIN_ADD failed (Operation not supported): chain OUTPUT");
}

class Conflict : public testing::Test {
 protected:
  // Plans `input` in the namespace, lets `meanwhile` happen, and sends.
  void run(const std::string& input, const std::string& meanwhile, bool plan_holds) {
    ns_.run([&] {
      auto socket = netlink::Socket::open();
      ASSERT_TRUE(socket);
      auto view = nft::KernelView::open(*socket);
      ASSERT_TRUE(view);
      const Transaction transaction = parse(Family::ipv4, input, Existing::kKeep);
      auto batch = nft::Planner(transaction, *view).run();
      ASSERT_TRUE(batch) << batch.error().message;
      batch->finish(nft::Batch::Ending::kCommit);
      run_program({"iptables-nft-restore", "-n"}, meanwhile);
      const auto send = [&] { return socket->send(batch->pieces(), batch->first_sequence(), batch->last_sequence()); };
      auto answer = send();
      ASSERT_TRUE(answer);
      ASSERT_EQ(answer->end, netlink::BatchAnswer::End::kRefused);
      ASSERT_EQ(answer->refusals.size(), 1u);
      EXPECT_EQ(answer->refusals.front().errno_value, ERESTART);
      EXPECT_EQ(answer->refusals.front().sequence, batch->first_sequence());
      const auto holds = view->still_holds();
      ASSERT_TRUE(holds);
      EXPECT_EQ(*holds, plan_holds);
      if (!*holds) return;
      batch->set_generation(view->generation());
      answer = send();
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->end, netlink::BatchAnswer::End::kDone);
    });
  }
  FreshNetns ns_;
};

TEST_F(Conflict, APlanForWhatDidNotChangeStillHolds) {
  restore(ns_, Family::ipv4, "nft", "*filter\n-A INPUT -p 201\nCOMMIT\n");
  run("*filter\n-A INPUT -p 202\nCOMMIT\n", "*filter\n-A INPUT -p 203\nCOMMIT\n", true);
  EXPECT_EQ(ns_.must("iptables-nft -S INPUT"), "-P INPUT ACCEPT\n-A INPUT -p 201\n-A INPUT -p 203\n-A INPUT -p 202\n");
}

TEST_F(Conflict, APlanForAChainThatIsGoneDoesNot) {
  restore(ns_, Family::ipv4, "nft", "*filter\n:one - [0:0]\nCOMMIT\n");
  run("*filter\n-A one -p 202\nCOMMIT\n", "*filter\n-X one\nCOMMIT\n", false);
}

TEST_F(Conflict, APlanForATableThatHasAppearedDoesNot) {
  run("*filter\n:one - [0:0]\nCOMMIT\n", "*filter\n:one - [0:0]\nCOMMIT\n", false);
}

TEST_F(Conflict, APlanThatKnowsRulesDoesNot) {
  restore(ns_, Family::ipv4, "nft", "*filter\n-A INPUT -p 201\n-A INPUT -p 202\nCOMMIT\n");
  run("*filter\n-D INPUT 2\nCOMMIT\n", "*filter\n-I INPUT -p 203\nCOMMIT\n", false);
}

TEST(NftCommit, StartsOverWhenSomebodyElseIsFaster) {
  const FreshNetns ns;
  restore(ns, Family::ipv4, "nft", "*filter\n:ours - [0:0]\n:theirs - [0:0]\nCOMMIT\n");
  std::atomic<bool> stop = false;
  std::atomic<uint32_t> theirs = 0;
  std::thread other([&] {
    while (!stop) {
      if (nft_restore(ns, Family::ipv4, "*filter\n-I theirs -p 201\nCOMMIT\n", Existing::kKeep)) ++theirs;
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  });
  uint32_t retries = 0;
  uint32_t ours = 0;
  uint32_t failures = 0;
  // Until the two have met, and for a while.
  for (int i = 0; i < 20'000 && (retries == 0 || i < 200); ++i) {
    // A delete by rule depends on rules, an append on chains.
    const char* line = i % 2 == 0 ? "-A ours -p 202\n-A ours -p 203\n" : "-D ours -p 202\n";
    const auto done = nft_restore(ns, Family::ipv4, std::string("*filter\n") + line + "COMMIT\n", Existing::kKeep);
    if (!done) {
      ++failures;
      ADD_FAILURE() << done.error().message;
      break;
    }
    retries += done->retries;
    if (i % 2 == 1) ++ours;
  }
  stop = true;
  other.join();
  EXPECT_GT(retries, 0u);
  const auto snapshot = nft_snapshot(ns, Family::ipv4);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->tables[0].find("ours")->rules.size(), ours);
  EXPECT_EQ(snapshot->tables[0].find("theirs")->rules.size(), theirs);
}

TEST(NftCommit, NamesTheCapabilityThatIsMissing) {
  const FreshNetns ns;
  ns.run([] {
    // Of this thread alone.
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2]{};
    ASSERT_EQ(syscall(SYS_capset, &header, none), 0);
    nft::NftBackend backend;
    auto transaction = parse(Family::ipv4, "*filter\n-A INPUT\nCOMMIT\n");
    const auto committed = backend.commit(transaction);
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, Code::kPermission);
    EXPECT_NE(committed.error().message.find("CAP_NET_ADMIN"), std::string::npos);
    const auto snapshot = backend.snapshot(Family::ipv4, std::nullopt);
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().code, Code::kPermission);
  });
}

// Those whose closing may take long.
TEST(NftCommit, HandsUsedSocketsOver) {
  const FreshNetns ns;
  std::vector<netlink::Socket> used;
  ns.run([&] {
    nft::NftBackend backend([&](netlink::Socket socket) { used.push_back(std::move(socket)); });
    auto transaction = parse(Family::ipv4, "*filter\n-A INPUT\nCOMMIT\n");
    EXPECT_TRUE(backend.commit(transaction));
    EXPECT_EQ(used.size(), 0u);
    EXPECT_TRUE(backend.commit(transaction));
    auto refused = parse(Family::ipv4, "*filter\n-A INPUT -j MASQUERADE\nCOMMIT\n");
    EXPECT_FALSE(backend.commit(refused));
  });
  EXPECT_EQ(used.size(), 2u);
}

TEST(NftCheck, AsksTheKernelAndChangesNothing) {
  const FreshNetns ns;
  restore(ns, Family::ipv4, "nft", "*filter\n:one - [0:0]\n-A INPUT -j one\nCOMMIT\n");
  const KernelState before = ns.ask([] { return nft_state(Family::ipv4); });
  const uint32_t generation = ns.ask(nft_generation);
  const auto check = [&](const char* input) {
    Result<void> result = fail(Code::kSystem, "not asked");
    ns.run([&] { result = nft::NftBackend().check(parse(Family::ipv4, input, Existing::kKeep)); });
    return result;
  };
  EXPECT_TRUE(check("*filter\n-A INPUT -p 201\n:two - [0:0]\n-A two\n-F one\nCOMMIT\n*nat\n-A OUTPUT\nCOMMIT\n"));
  const auto refused = check("*filter\n-A INPUT -p 201\n-A INPUT -j MASQUERADE\nCOMMIT\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().origin.line, 3u);
  const auto nowhere = check("*filter\n-A INPUT -j nowhere\nCOMMIT\n");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().message, "Chain 'nowhere' does not exist");
  const auto loop = check("*filter\n-A one -j one\nCOMMIT\n");
  ASSERT_FALSE(loop);
  EXPECT_EQ(loop.error().errno_value, EMLINK);
  EXPECT_EQ(first_difference(before, ns.ask([] { return nft_state(Family::ipv4); })), "");
  EXPECT_EQ(ns.ask(nft_generation), generation);
}

}  // namespace
}  // namespace ferrule::test

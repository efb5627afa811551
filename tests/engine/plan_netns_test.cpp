// Plans: what they leave in a namespace is what the ordinary way and the real tools leave, whatever was there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "ferrule/engine.hpp"
#include "ferrule/plan.hpp"
#include "ferrule/text.hpp"
#include "oracle/tools.hpp"
#include "support/kernel_state.hpp"
#include "support/netns_fixture.hpp"
#include "support/users.hpp"

namespace ferrule {
namespace {

using test::Flavour;
using test::FreshNetns;
using test::Target;

constexpr const char* kRules4 =
    "*nat\n:PREROUTING ACCEPT [0:0]\n-N MESH\n-A PREROUTING -p tcp -j MESH\n-A MESH -p tcp --dport 22 -j RETURN\n"
    "-A MESH -p tcp -m comment --comment mesh -j REDIRECT --to-ports 15006\n-I MESH -s 10.0.0.0/8 -j RETURN\nCOMMIT\n"
    "*mangle\n-A OUTPUT -m mark --mark 0x539/0xfff -j CONNMARK --save-mark\n-P FORWARD DROP\nCOMMIT\n";
constexpr const char* kRules6 =
    "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -p icmpv6 -j ACCEPT\nCOMMIT\n"
    "*raw\n-A PREROUTING -i eth0 -j NOTRACK\nCOMMIT\n";

Transaction parse(std::string_view ipv4, std::string_view ipv6, Existing existing = Existing::kKeep) {
  Transaction out;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    auto parsed = parse_restore(family, family == Family::ipv4 ? ipv4 : ipv6,
                                {.file = "test.rules", .existing = existing, .counters = CounterUse::kRestore});
    EXPECT_TRUE(parsed) << to_string(parsed.error());
    if (parsed) std::move(parsed->changes.begin(), parsed->changes.end(), std::back_inserter(out.changes));
  }
  return out;
}

Context test_context() {
  Context context;
  context.lock.file = test::test_lock_path();
  return context;
}

Context within(const FreshNetns& netns) {
  Context context = test_context();
  context.netns = NetNs::fd(netns.fd());
  return context;
}

Plan compile(const Engine& engine, Transaction transaction) {
  auto plan = engine.compile(test_context(), std::move(transaction));
  EXPECT_TRUE(plan) << to_string(plan.error());
  return *std::move(plan);
}

void expect_same_report(const Report& planned, const Report& applied) {
  EXPECT_EQ(planned.tables, applied.tables);
  EXPECT_EQ(planned.rules, applied.rules);
  ASSERT_EQ(planned.families.size(), applied.families.size());
  for (size_t i = 0; i < planned.families.size(); ++i) {
    EXPECT_EQ(planned.families[i].backend, applied.families[i].backend);
    EXPECT_EQ(planned.families[i].native, applied.families[i].native);
    EXPECT_EQ(planned.families[i].reason, applied.families[i].reason);
  }
}

enum class Way : uint8_t { kPrebuilt, kOrdinary };

class Plans : public ::testing::TestWithParam<BackendKind> {
 protected:
  static bool is_nft() { return GetParam() == BackendKind::nft; }
  // A command of the backend at hand: command("iptables", "-t nat -S").
  static std::string command(const std::string& family, const std::string& rest) {
    return family + (is_nft() ? "-nft " : "-legacy ") + rest;
  }

  // The same transaction by plan and by Engine::apply, in two namespaces that `prepare` has made equal: same answer,
  // same bytes.
  void expect_same(const Transaction& transaction, const std::vector<std::string>& prepare, Way way) const {
    const FreshNetns by_plan;
    const FreshNetns by_engine;
    for (const FreshNetns* netns : {&by_plan, &by_engine}) {
      for (const std::string& line : prepare) netns->must(line);
    }
    const auto planned = compile(engine_, transaction).apply(NetNs::fd(by_plan.fd()));
    // One that has never been used looks around first, whatever it finds.
    const auto applied = Engine({.forced_backend = GetParam()}).apply(within(by_engine), transaction);
    ASSERT_EQ(planned.has_value(), applied.has_value());
    if (planned) {
      EXPECT_EQ(planned->prebuilt, way == Way::kPrebuilt);
      expect_same_report(*planned, *applied);
    } else {
      EXPECT_EQ(to_string(planned.error()), to_string(applied.error()));
      EXPECT_EQ(planned.error().code, applied.error().code);
    }
    EXPECT_EQ(first_difference(kernel_state(by_engine), kernel_state(by_plan)), "");
  }

  Engine engine_{{.forced_backend = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Backends, Plans, ::testing::Values(BackendKind::legacy, BackendKind::nft),
                         [](const auto& each) { return std::string(backend_name(each.param)); });

TEST_P(Plans, FreshNamespaceGetsTheBytesAsTheyAre) {
  for (const Existing existing : {Existing::kKeep, Existing::kReplace}) {
    expect_same(parse(kRules4, kRules6, existing), {}, Way::kPrebuilt);
  }
}

TEST_P(Plans, CountersAreRestored) {
  expect_same(parse("*filter\n:INPUT ACCEPT [7:700]\n[3:300] -A INPUT -j ACCEPT\n-A INPUT -j DROP\nCOMMIT\n", ""), {},
              Way::kPrebuilt);
}

// The examples of the project and, where they are present beside it, those of others, against the real tool.
TEST_P(Plans, RuleFilesAsTheRealToolLeavesThem) {
  size_t count = 0;
  for (const char* folder : {FERRULE_SOURCE_DIR "/examples/rules", FERRULE_SOURCE_DIR "/../shared/rules/istio"}) {
    if (!std::filesystem::is_directory(folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".rules") continue;
      std::ifstream file(entry.path());
      const std::string text =
          test::with_existing_users({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
      if (text.find("--match-set") != std::string::npos) continue;
      const Target target{entry.path().stem().extension() == ".v4" ? Family::ipv4 : Family::ipv6,
                          is_nft() ? Flavour::nft : Flavour::legacy};
      SCOPED_TRACE(entry.path());
      const FreshNetns theirs;
      const FreshNetns ours;
      const auto real = real_restore(theirs, target, text, {"--noflush"});
      ASSERT_TRUE(real.ok()) << real.err;
      auto change = parse_restore(target.family, text, {.existing = Existing::kKeep});
      ASSERT_TRUE(change) << to_string(change.error());
      const auto report = compile(engine_, *std::move(change)).apply(NetNs::fd(ours.fd()));
      ASSERT_TRUE(report) << to_string(report.error());
      EXPECT_TRUE(report->prebuilt);
      EXPECT_EQ(difference_between(theirs, ours, target), "");
      ++count;
    }
  }
  EXPECT_GE(count, 2U);
}

TEST_P(Plans, RulesThatAreThereStay) {
  expect_same(parse(kRules4, kRules6), {command("iptables", "-t nat -A PREROUTING -p udp -j ACCEPT")}, Way::kOrdinary);
  expect_same(parse(kRules4, kRules6), {command("ip6tables", "-t raw -N OWN")}, Way::kOrdinary);
}

TEST_P(Plans, PoliciesThatAreThereStay) {
  expect_same(parse("*filter\n-A INPUT -j ACCEPT\nCOMMIT\n", ""), {command("iptables", "-P FORWARD DROP")},
              Way::kOrdinary);
  expect_same(parse("*mangle\n-A INPUT -j ACCEPT\nCOMMIT\n", ""), {command("iptables", "-t mangle -P OUTPUT DROP")},
              Way::kOrdinary);
}

TEST_P(Plans, WhatIsThereIsReplaced) {
  expect_same(parse(kRules4, kRules6, Existing::kReplace),
              {command("iptables", "-t nat -A PREROUTING -p udp -j ACCEPT"), command("ip6tables", "-P FORWARD DROP")},
              Way::kOrdinary);
}

TEST_P(Plans, LookingDoesNotMakeANamespaceUnfit) {
  if (is_nft()) {
    expect_same(parse(kRules4, kRules6), {"nft list ruleset"}, Way::kPrebuilt);
  } else {
    expect_same(parse(kRules4, kRules6), {"iptables-legacy -t nat -S", "ip6tables-legacy -S"}, Way::kPrebuilt);
  }
}

TEST_P(Plans, WhatWasTakenAwayIsGone) {
  // On nft the generation has moved on.
  expect_same(parse(kRules4, kRules6),
              {command("iptables", "-t nat -A PREROUTING -j ACCEPT"),
               is_nft() ? "nft delete table ip nat" : "iptables-legacy -t nat -F"},
              Way::kPrebuilt);
}

TEST_P(Plans, TheSameTwice) {
  const FreshNetns netns;
  const Plan plan = compile(engine_, parse(kRules4, kRules6, Existing::kReplace));
  ASSERT_TRUE(plan.apply(NetNs::fd(netns.fd())));
  const test::KernelState once = kernel_state(netns);
  const auto again = plan.apply(NetNs::fd(netns.fd()));
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_FALSE(again->prebuilt);
  EXPECT_EQ(first_difference(once, kernel_state(netns)), "");
}

TEST_P(Plans, RefusedInTheLastTableNothingHasChanged) {
  // That DNAT belongs into nat is something that only the kernel minds.
  const Transaction bad =
      parse("*mangle\n-A INPUT -j ACCEPT\nCOMMIT\n*filter\n-A INPUT -j DNAT --to-destination 10.0.0.1\nCOMMIT\n", "");
  const FreshNetns netns;
  const auto report = compile(engine_, bad).apply(NetNs::fd(netns.fd()));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kRefused);
  EXPECT_EQ(report.error().origin.file, "test.rules");
  expect_same(bad, {}, Way::kOrdinary);
}

TEST_P(Plans, WhatFailsWithoutRulesGoesTheOrdinaryWay) {
  const Transaction gone = parse("*filter\n-D INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n", "");
  EXPECT_FALSE(compile(engine_, gone).is_prebuilt());
  expect_same(gone, {}, Way::kOrdinary);
  expect_same(gone, {command("iptables", "-A INPUT -p tcp --dport 22 -j ACCEPT")}, Way::kOrdinary);
}

TEST_P(Plans, IpsetsHaveOtherIndexesElsewhere) {
  const Transaction with_set = parse("*filter\n-A INPUT -m set --match-set probes src -j ACCEPT\nCOMMIT\n", "");
  const Plan plan = compile(engine_, with_set);
  EXPECT_FALSE(plan.is_prebuilt());
  EXPECT_NE(plan.dump().find("ipsets"), std::string::npos);
  expect_same(with_set, {"ipset create other hash:ip", "ipset create probes hash:ip"}, Way::kOrdinary);
}

TEST_P(Plans, SharedBetweenThreads) {
  constexpr size_t kNamespaces = 12;
  constexpr size_t kUsed = 3;
  const Plan plan = compile(engine_, parse(kRules4, kRules6));
  const FreshNetns expected;
  ASSERT_TRUE(engine_.apply(within(expected), plan.transaction()));
  std::vector<std::unique_ptr<FreshNetns>> namespaces;
  std::vector<NetNs> named;
  for (size_t i = 0; i < kNamespaces; ++i) {
    namespaces.push_back(std::make_unique<FreshNetns>());
    named.push_back(NetNs::fd(namespaces.back()->fd()));
  }
  namespaces[kUsed]->must(command("iptables", "-t nat -N OWN"));
  named.push_back(NetNs::path("/dev/null"));
  const auto reports = plan.apply_all(named, 4);
  ASSERT_EQ(reports.size(), kNamespaces + 1);
  const test::KernelState wanted = kernel_state(expected);
  for (size_t i = 0; i < kNamespaces; ++i) {
    ASSERT_TRUE(reports[i]) << to_string(reports[i].error());
    EXPECT_EQ(reports[i]->prebuilt, i != kUsed);
    if (i != kUsed) {
      EXPECT_EQ(first_difference(wanted, kernel_state(*namespaces[i])), "");
    }
  }
  ASSERT_FALSE(reports.back());
  EXPECT_EQ(reports.back().error().code, Code::kInvalidInput);
}

TEST_P(Plans, OutliveTheirEngine) {
  auto engine = std::make_unique<Engine>(EngineOptions{.forced_backend = GetParam()});
  const Plan plan = compile(*engine, parse(kRules4, kRules6, Existing::kReplace));
  engine.reset();
  const FreshNetns netns;
  EXPECT_TRUE(plan.apply(NetNs::fd(netns.fd())));
  EXPECT_TRUE(plan.apply(NetNs::fd(netns.fd())));
}

TEST_P(Plans, DumpShowsTheRules) {
  const std::string dump = compile(engine_, parse(kRules4, kRules6)).dump();
  const std::vector<std::string> parts =
      is_nft() ? std::vector<std::string>{"new table ip nat\n", "new chain ip nat MESH\n",
                                          "new rule ip6 raw PREROUTING\n  meta iifname"}
               : std::vector<std::string>{"replace ipv4 table nat: ", "expecting 5 entries\n", ":FORWARD DROP [0:0]\n",
                                          "-A MESH -p tcp -m comment --comment mesh -j REDIRECT --to-ports 15006\n"};
  for (const std::string& part : parts) EXPECT_NE(dump.find(part), std::string::npos) << part << " in\n" << dump;
}

// An engine that has seen the kernel does not look around where there are no rules, and does where there are.
TEST_P(Plans, EnginesLearn) {
  const Transaction transaction = parse(kRules4, kRules6);
  ASSERT_TRUE(engine_.inspect(test_context()));
  for (const std::vector<std::string>& prepare :
       {std::vector<std::string>{}, {command("iptables", "-t nat -A PREROUTING -p udp -j ACCEPT")}}) {
    const FreshNetns by_learned;
    const FreshNetns by_new;
    for (const FreshNetns* netns : {&by_learned, &by_new}) {
      for (const std::string& line : prepare) netns->must(line);
    }
    const auto learned = engine_.apply(within(by_learned), transaction);
    const auto fresh = Engine({.forced_backend = GetParam()}).apply(within(by_new), transaction);
    ASSERT_TRUE(learned && fresh);
    expect_same_report(*learned, *fresh);
    EXPECT_EQ(first_difference(kernel_state(by_new), kernel_state(by_learned)), "");
  }
}

TEST(Plan, RulesOfTheOtherBackendAreHeeded) {
  const Engine engine;
  const Plan plan = compile(engine, parse(kRules4, kRules6));
  for (const char* command : {"iptables-legacy -A INPUT -j ACCEPT", "ip6tables-nft -t raw -A OUTPUT -j ACCEPT",
                              "iptables-nft -t mangle -N KUBE-IPTABLES-HINT"}) {
    SCOPED_TRACE(command);
    const FreshNetns by_plan;
    const FreshNetns by_engine;
    by_plan.must(command);
    by_engine.must(command);
    const auto planned = plan.apply(NetNs::fd(by_plan.fd()));
    const auto applied = engine.apply(within(by_engine), plan.transaction());
    ASSERT_TRUE(planned && applied);
    expect_same_report(*planned, *applied);
    EXPECT_EQ(first_difference(kernel_state(by_engine), kernel_state(by_plan)), "");
  }
}

TEST(Plan, ChoosesAsTheEngineDoes) {
  const Engine engine;
  const Plan plan = compile(engine, parse(kRules4, kRules6));
  EXPECT_TRUE(plan.is_prebuilt()) << plan.dump();
  const FreshNetns by_plan;
  const FreshNetns by_engine;
  const auto planned = plan.apply(NetNs::fd(by_plan.fd()));
  const auto applied = engine.apply(within(by_engine), plan.transaction());
  ASSERT_TRUE(planned && applied);
  EXPECT_TRUE(planned->prebuilt);
  expect_same_report(*planned, *applied);
  EXPECT_EQ(first_difference(kernel_state(by_engine), kernel_state(by_plan)), "");
}

TEST(Plan, OnlyTheTablesWrittenAreMade) {
  const Engine engine({.forced_backend = BackendKind::legacy});
  const FreshNetns netns;
  ASSERT_TRUE(compile(engine, parse("*nat\n-A OUTPUT -j ACCEPT\nCOMMIT\n", "")).apply(NetNs::fd(netns.fd())));
  EXPECT_EQ(netns.ask([] { return test::legacy_table_names(Family::ipv4); }), "nat\n");
  EXPECT_EQ(netns.ask([] { return test::legacy_table_names(Family::ipv6); }), "");
}

TEST(Plan, WaitsForTheLockOfLegacy) {
  Context context = test_context();
  context.lock.wait = std::chrono::milliseconds(0);
  const Engine engine({.forced_backend = BackendKind::legacy});
  const auto plan = engine.compile(context, parse(kRules4, ""));
  ASSERT_TRUE(plan && plan->is_prebuilt());
  const int held = open(test::test_lock_path().c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  const FreshNetns netns;
  const auto busy = plan->apply(NetNs::fd(netns.fd()));
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, Code::kBusy);
  close(held);
  EXPECT_TRUE(plan->apply(NetNs::fd(netns.fd())));
}

TEST(Plan, NothingToDo) {
  const Plan plan = compile(Engine(), {});
  EXPECT_FALSE(plan.is_prebuilt());
  const FreshNetns netns;
  const auto report = plan.apply(NetNs::fd(netns.fd()));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->tables, 0U);
}

}  // namespace
}  // namespace ferrule

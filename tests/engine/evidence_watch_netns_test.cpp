// Covers src/engine/evidence_watch.cpp, and what Engine::inspect adds for explanations.
#include <gtest/gtest.h>

#include <thread>

#include "backend_exec/fake_tools.hpp"
#include "engine/evidence_watch.hpp"
#include "ferrule/engine.hpp"
#include "support/kernel_state.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule {
namespace {

using std::chrono::milliseconds;
using test::FreshNetns;
using Clock = std::chrono::steady_clock;

// Runs a command there after a while.
std::thread later(const FreshNetns& netns, std::string command) {
  return std::thread([&netns, command = std::move(command)] {
    std::this_thread::sleep_for(milliseconds(150));
    netns.must(command);
  });
}

Inspection watch(const FreshNetns& netns, milliseconds timeout, const engine::WatchPace& pace) {
  engine::Chooser chooser{EngineOptions{}};
  return netns.ask([&] { return engine::watch_for_evidence(chooser, Context{}, timeout, pace); });
}

// Only a notification can have told before the next look.
TEST(EvidenceWatch, NfTablesTellsOfRules) {
  const FreshNetns netns;
  std::thread other = later(netns, "iptables-nft -A INPUT -j ACCEPT");
  const auto begin = Clock::now();
  const Inspection found = watch(netns, std::chrono::minutes(5), {.look_every = std::chrono::minutes(5)});
  other.join();
  EXPECT_TRUE(is_certain(found));
  EXPECT_EQ(found.verdicts.ipv4.backend, BackendKind::nft);
  EXPECT_EQ(found.verdicts.ipv4.basis, Basis::rules);
  EXPECT_LT(Clock::now() - begin, std::chrono::minutes(1));
}

TEST(EvidenceWatch, NfTablesTellsOfHintChains) {
  const FreshNetns netns;
  std::thread other = later(netns, "ip6tables-nft -t mangle -N KUBE-KUBELET-CANARY");
  const Inspection found = watch(netns, std::chrono::minutes(5), {.look_every = std::chrono::minutes(5)});
  other.join();
  EXPECT_EQ(found.verdicts.ipv6.basis, Basis::hint_chain);
  EXPECT_EQ(found.verdicts.ipv4.basis, Basis::other_family);
}

TEST(EvidenceWatch, LegacyRulesAreSeenAtTheNextLook) {
  const FreshNetns netns;
  std::thread other = later(netns, "iptables-legacy -A INPUT -j ACCEPT");
  const Inspection found = watch(netns, std::chrono::minutes(5), {});
  other.join();
  EXPECT_TRUE(is_certain(found));
  EXPECT_EQ(found.verdicts.ipv6.backend, BackendKind::legacy);
}

TEST(EvidenceWatch, WhatIsNoEvidenceDoesNotEndTheWait) {
  const FreshNetns netns;
  std::thread other = later(netns, "nft add table inet cni");
  const auto begin = Clock::now();
  const Inspection found = watch(netns, milliseconds(400), {});
  other.join();
  EXPECT_FALSE(is_certain(found));
  EXPECT_NE(found.verdicts.ipv4.wait_for, "");
  EXPECT_GE(Clock::now() - begin, milliseconds(400));
}

TEST(EvidenceWatch, EvidenceThatIsThereIsAnsweredAtOnceAndNothingChanges) {
  const FreshNetns netns;
  netns.must("iptables-legacy -A INPUT -j ACCEPT");
  const auto traces = [&] {
    return netns.ask([] { return test::legacy_table_names(Family::ipv4) + std::to_string(test::nft_generation()); });
  };
  const std::string before = traces();
  const auto begin = Clock::now();
  const auto found = Engine().wait_for_evidence(Context::in(NetNs::path(netns.path())), std::chrono::hours(1));
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_TRUE(is_certain(*found));
  EXPECT_LT(Clock::now() - begin, std::chrono::minutes(1));
  EXPECT_EQ(traces(), before);
}

TEST(EvidenceWatch, NoTimeMeansOneLook) {
  const FreshNetns netns;
  const auto found = Engine().wait_for_evidence(Context::in(NetNs::path(netns.path())), milliseconds(0));
  ASSERT_TRUE(found);
  EXPECT_FALSE(is_certain(*found));
}

TEST(Explanation, HasEveryPolicyAndTheBinaries) {
  const test::FakeTools tools;
  tools.answer("bin/iptables", "iptables v1.8.7 (legacy)");
  tools.add("bin/ip6tables", "exit 127");
  const FreshNetns netns;
  netns.must("iptables-nft -A INPUT -j ACCEPT");
  Context context = Context::in(NetNs::path(netns.path()));
  context.search_path = {tools.path("bin")};
  const Engine engine({.forced_backend = BackendKind::legacy});
  const auto explained = engine.inspect(context, InspectDepth::kExplain);
  ASSERT_TRUE(explained) << to_string(explained.error());
  EXPECT_EQ(explained->verdicts.ipv4.basis, Basis::forced);
  ASSERT_EQ(explained->policies.size(), kAllDetectPolicies.size());
  for (size_t i = 0; i < kAllDetectPolicies.size(); ++i) {
    EXPECT_EQ(explained->policies[i].policy, kAllDetectPolicies[i]);
    EXPECT_EQ(explained->policies[i].verdicts.ipv4.backend, BackendKind::nft);
  }
  EXPECT_EQ(explained->policies[0].verdicts.ipv4.basis, Basis::rules);
  EXPECT_EQ(explained->policies[1].verdicts.ipv4.basis, Basis::policy_default);
  ASSERT_EQ(explained->binaries.binaries.size(), 1U);
  EXPECT_EQ(explained->binaries.binaries[0].version, (BinaryVersion{1, 8, 7}));
  EXPECT_EQ(to_string(*explained->binaries.binaries[0].version), "1.8.7");
  ASSERT_EQ(explained->binaries.unusable.size(), 1U);
  EXPECT_EQ(explained->binaries.unusable[0].name, "ip6tables");
  EXPECT_TRUE(explained->facts.owner && explained->facts.owner->is_callers);
}

// Binaries are run for who asks only.
TEST(Explanation, DecidingRunsNoBinaryWhereRulesSpeak) {
  const test::FakeTools tools;
  tools.answer("bin/iptables", "iptables v1.8.7 (legacy)");
  const FreshNetns netns;
  netns.must("iptables-nft -A INPUT -j ACCEPT");
  Context context = Context::in(NetNs::path(netns.path()));
  context.search_path = {tools.path("bin")};
  const auto decided = Engine().inspect(context);
  ASSERT_TRUE(decided);
  EXPECT_TRUE(decided->policies.empty());
  EXPECT_TRUE(decided->binaries.binaries.empty());
  EXPECT_EQ(tools.runs(), 0);
}

}  // namespace
}  // namespace ferrule

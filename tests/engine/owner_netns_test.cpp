// Covers src/engine/owner.cpp: network namespaces of another user namespace. The real binaries, run inside of it, say
// what has to come out.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "ferrule/engine.hpp"
#include "ferrule/plan.hpp"
#include "ferrule/text.hpp"
#include "support/kernel_state.hpp"
#include "support/pod_netns.hpp"
#include "support/temporary_directory.hpp"
#include "support/users.hpp"

namespace ferrule {
namespace {

using test::PodNetns;

constexpr std::string_view kRules = R"(*nat
:MESH - [0:0]
-A OUTPUT -p tcp -j MESH
-A MESH -m owner --uid-owner 0 -j RETURN
-A MESH -m owner --gid-owner 0 -j RETURN
-A MESH -p tcp -j REDIRECT --to-ports 15001
COMMIT
*filter
-A OUTPUT -m owner ! --uid-owner 0 -m comment --comment "not ours" -j DROP
COMMIT
)";

class OwnerNetns : public testing::TestWithParam<BackendKind> {
 protected:
  BackendKind backend() const { return GetParam(); }
  std::string tool(std::string_view suffix) const {
    return "iptables-" + std::string(backend_name(backend())) + std::string(suffix);
  }
  Engine engine() const { return Engine({.forced_backend = backend()}); }
  test::KernelState state(const PodNetns& pod) const {
    test::KernelState out;
    pod.run([&] {
      out = backend() == BackendKind::legacy ? test::legacy_state(Family::ipv4) : test::nft_state(Family::ipv4);
    });
    return out;
  }
  static Context context_of(const PodNetns& pod) { return Context::agent_in_pod(NetNs::path(pod.path())); }
  static Transaction parse(std::string_view text, Existing existing = Existing::kReplace) {
    auto parsed = parse_restore(Family::ipv4, text, {.file = "pod.rules", .existing = existing});
    EXPECT_TRUE(parsed) << to_string(parsed.error());
    return parsed ? *std::move(parsed) : Transaction{};
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, OwnerNetns, testing::Values(BackendKind::legacy, BackendKind::nft),
                         [](const auto& of) { return std::string(backend_name(of.param)); });

TEST_P(OwnerNetns, TheRealBinaryIsRefusedFromOutside) {
  const PodNetns pod;
  EXPECT_FALSE(pod.command_from_outside({tool("-restore")}, kRules).ok());
}

TEST_P(OwnerNetns, WhatIsAppliedFromOutsideIsWhatTheBinaryWritesInside) {
  const PodNetns expected;
  const PodNetns found;
  const auto real = expected.command({tool("-restore")}, kRules);
  ASSERT_TRUE(real.ok()) << real.err;
  const auto report = engine().apply(context_of(found), parse(kRules));
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_TRUE(report->families.at(0).native);
  EXPECT_EQ(report->tables, 2U);
  EXPECT_EQ(report->rules, 5U);
  EXPECT_EQ(test::first_difference(state(expected), state(found)), "");
}

// A legacy table is checked whole, so that one rule with `-m owner` in it concerns every change.
TEST_P(OwnerNetns, TablesThatHaveSuchRulesCanBeChanged) {
  const PodNetns pod;
  ASSERT_TRUE(engine().apply(context_of(pod), parse(kRules)));
  const auto more = parse("*nat\n-A MESH -p udp -j RETURN\n-D MESH 1\nCOMMIT\n", Existing::kKeep);
  const auto report = engine().apply(context_of(pod), more);
  ASSERT_TRUE(report) << to_string(report.error());
  const auto saved = pod.command({tool("-save"), "-t", "nat"});
  EXPECT_NE(saved.out.find("-A MESH -p udp -j RETURN"), std::string::npos) << saved.out;
  EXPECT_EQ(saved.out.find("--uid-owner"), std::string::npos) << saved.out;
}

TEST_P(OwnerNetns, SnapshotsFromOutsideSayWhatTheBinarySaysInside) {
  const PodNetns pod;
  const auto real = pod.command({tool("-restore")}, kRules);
  ASSERT_TRUE(real.ok()) << real.err;
  const auto ruleset = Engine().snapshot(context_of(pod), Family::ipv4);
  ASSERT_TRUE(ruleset) << to_string(ruleset.error());
  std::string expected;
  const std::string text = pod.command({tool("-save")}).out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at) + 1;
    if (text[at] != '#') expected.append(text, at, end - at);
    at = end;
  }
  EXPECT_EQ(to_save_text(*ruleset), expected);
}

TEST_P(OwnerNetns, BinariesAreRunInsideToo) {
  const PodNetns expected;
  const PodNetns found;
  // So that the variant is this one.
  const std::string_view seed = "*raw\n-A PREROUTING -j ACCEPT\nCOMMIT\n";
  ASSERT_TRUE(expected.command({tool("-restore")}, seed).ok());
  ASSERT_TRUE(found.command({tool("-restore")}, seed).ok());
  ASSERT_TRUE(expected.command({tool("-restore")}, kRules).ok());
  for (const LockScope scope : {LockScope::kNamespace, LockScope::kHost}) {
    Context context = context_of(found);
    const test::TemporaryDirectory files;
    context.lock.scope = scope;
    if (scope == LockScope::kHost) context.lock.file = files.path("lock");
    const auto report = Engine({.forced_backend = BackendKind::exec}).apply(context, parse(kRules));
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_FALSE(report->families.at(0).native);
    EXPECT_EQ(report->families.at(0).backend, backend());
    EXPECT_EQ(test::first_difference(state(expected), state(found)), "");
  }
}

// 5000 is nobody in there.
TEST_P(OwnerNetns, WhatTheKernelRefusesComesBackAsAnError) {
  const PodNetns pod;
  ASSERT_TRUE(engine().apply(context_of(pod), parse(kRules)));
  const auto before = state(pod);
  const auto refused = engine().apply(
      context_of(pod), parse("*nat\n-A OUTPUT -j ACCEPT\n-A OUTPUT -m owner --uid-owner 5000 -j ACCEPT\nCOMMIT\n"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused) << to_string(refused.error());
  EXPECT_EQ(refused.error().errno_value, EINVAL);
  EXPECT_EQ(refused.error().origin.file, "pod.rules");
  // Legacy names the COMMIT.
  EXPECT_EQ(refused.error().origin.line, backend() == BackendKind::legacy ? 4U : 3U) << to_string(refused.error());
  EXPECT_EQ(test::first_difference(before, state(pod)), "");
}

TEST_P(OwnerNetns, ChecksGoThroughAndChangeNothing) {
  const PodNetns pod;
  ASSERT_TRUE(engine().apply(context_of(pod), parse(kRules)));
  const auto before = state(pod);
  const auto checked =
      engine().check(context_of(pod), parse("*nat\n-A OUTPUT -m owner --uid-owner 0 -j ACCEPT\nCOMMIT\n"));
  EXPECT_TRUE(checked) << to_string(checked.error());
  EXPECT_EQ(test::first_difference(before, state(pod)), "");
}

TEST_P(OwnerNetns, PlansGoTheOrdinaryWay) {
  const PodNetns expected;
  const PodNetns found;
  ASSERT_TRUE(expected.command({tool("-restore")}, kRules).ok());
  const auto plan = engine().compile(context_of(found), parse(kRules));
  ASSERT_TRUE(plan) << to_string(plan.error());
  const auto report = plan->apply(NetNs::path(found.path()));
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(test::first_difference(state(expected), state(found)), "");
}

// What an engine has learned from one namespace must not lead it astray in the next.
TEST_P(OwnerNetns, OneEngineWorksInOnePodAfterTheOther) {
  const PodNetns expected;
  ASSERT_TRUE(expected.command({tool("-restore")}, kRules).ok());
  const Engine shared({.forced_backend = backend()});
  const Engine undecided;
  for (int round = 0; round < 3; ++round) {
    const PodNetns pod;
    const auto report = shared.apply(context_of(pod), parse(kRules));
    ASSERT_TRUE(report) << to_string(report.error());
    EXPECT_EQ(test::first_difference(state(expected), state(pod)), "");
    const PodNetns other;
    const auto chosen = undecided.apply(context_of(other), parse(kRules));
    EXPECT_TRUE(chosen) << to_string(chosen.error());
  }
}

// glibc's allocator is whole again in a forked child, whatever other threads were doing. A sanitizer's own need not be.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kThreads = 1;
#else
constexpr int kThreads = 4;
#endif

TEST_P(OwnerNetns, ManyThreadsWorkInManyPods) {
  constexpr int kRounds = 10;
  std::vector<std::unique_ptr<PodNetns>> pods;
  for (int i = 0; i < kThreads; ++i) pods.push_back(std::make_unique<PodNetns>());
  const Engine shared({.forced_backend = backend()});
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (const auto& pod : pods) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        if (!shared.apply(context_of(*pod), parse(kRules))) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  for (const auto& pod : pods) EXPECT_EQ(test::first_difference(state(*pods[0]), state(*pod)), "");
}

// What runs in the pod can hold its lock for ever, and the node must not wait for that.
TEST(OwnerNetnsLock, NoLockOfTheHostIsHeldWhileAPodIsWaitedFor) {
  const Engine legacy({.forced_backend = BackendKind::legacy});
  const auto change = parse_restore(Family::ipv4, kRules);
  ASSERT_TRUE(change);
  const PodNetns pod;
  const test::TemporaryDirectory files;
  files.write("lock", "", 0600);
  const int host = open(files.path("lock").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(flock(host, LOCK_EX), 0);
  Context context = Context::agent_in_pod(NetNs::path(pod.path()));
  context.lock = {.file = files.path("lock"), .wait = std::chrono::milliseconds(200)};
  EXPECT_TRUE(legacy.apply(context, *change)) << "it does not wait for the host's lock";
  close(host);
  const int pods_own = open(pod.path().c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(flock(pods_own, LOCK_EX), 0);
  const auto busy = legacy.apply(context, *change);
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, Code::kBusy) << to_string(busy.error());
  EXPECT_EQ(busy.error().kind, ErrorKind::kLockHeld);
  close(pods_own);
}

// As $XTABLES_LOCKFILE may say.
TEST(OwnerNetnsLock, TheNamespaceUnderAnotherNameIsNotLockedTwice) {
  const Engine legacy({.forced_backend = BackendKind::legacy});
  const auto change = parse_restore(Family::ipv4, kRules);
  ASSERT_TRUE(change);
  const PodNetns pod;
  Context context = Context::in(NetNs::path(pod.path()));
  context.lock = {.file = "/proc/thread-self/ns/net", .wait = std::chrono::milliseconds(0)};
  const auto report = legacy.apply(context, *change);
  EXPECT_TRUE(report) << to_string(report.error());
}

}  // namespace
}  // namespace ferrule

// Engine::ensure: brings about what apply would, does nothing the second time, and lets nobody come in between.
#include <gtest/gtest.h>

#include <iterator>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "ferrule/engine.hpp"
#include "ferrule/ferrule.h"
#include "ferrule/text.hpp"
#include "oracle/tools.hpp"
#include "support/kernel_state.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule {
namespace {

using test::FreshNetns;
using test::Target;

// A rate that nf_tables rounds, a comment, native and compat forms, both kinds of chains.
constexpr const char* kRules =
    "*filter\n:INPUT DROP [0:0]\n:MESH - [0:0]\n-A INPUT -m limit --limit 7/minute --limit-burst 3 -j ACCEPT\n"
    "-A OUTPUT -p tcp -m tcp --dport 22 -m comment --comment \"from within\" -j MESH\n"
    "-A MESH -m conntrack --ctstate NEW -m owner --uid-owner 0 -j RETURN\n"
    "-A MESH -m mark --mark 0x1/0xff -j REJECT\nCOMMIT\n"
    "*raw\n-A OUTPUT -p udp --dport 53 -j CT --zone 7\nCOMMIT\n";

Transaction parse(Existing existing, std::string_view rules = kRules) {
  Transaction out;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    auto parsed = parse_restore(family, rules, {.file = "test.rules", .existing = existing});
    EXPECT_TRUE(parsed) << to_string(parsed.error());
    if (parsed) std::move(parsed->changes.begin(), parsed->changes.end(), std::back_inserter(out.changes));
  }
  return out;
}

Context within(const FreshNetns& netns) {
  Context context;
  context.lock.file = test::test_lock_path();
  context.netns = NetNs::fd(netns.fd());
  return context;
}

class Ensuring : public ::testing::TestWithParam<BackendKind> {
 protected:
  static std::string tool(const std::string& name) {
    return name + (GetParam() == BackendKind::nft ? "-nft" : "-legacy");
  }
  static std::string save(const FreshNetns& netns) {
    const std::string text = netns.must(tool("iptables") + "-save -c") + netns.must(tool("ip6tables") + "-save -c");
    // The comments have the time in them.
    return std::regex_replace(text, std::regex("#[^\n]*\n"), "");
  }

  Engine engine_{{.forced_backend = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Backends, Ensuring, ::testing::Values(BackendKind::legacy, BackendKind::nft),
                         [](const auto& each) { return std::string(backend_name(each.param)); });

TEST_P(Ensuring, LeavesWhatApplyWouldAndNothingToDo) {
  for (const Existing existing : {Existing::kKeep, Existing::kReplace}) {
    const FreshNetns applied;
    const FreshNetns ensured;
    const Transaction wanted = parse(existing);
    ASSERT_TRUE(engine_.apply(within(applied), wanted));
    const auto missing = engine_.missing(within(ensured), wanted);
    ASSERT_TRUE(missing) << to_string(missing.error());
    EXPECT_EQ(missing->rule_count(), wanted.rule_count());
    const auto first = engine_.ensure(within(ensured), wanted);
    ASSERT_TRUE(first) << to_string(first.error());
    EXPECT_EQ(first->tables, 4U);
    EXPECT_EQ(save(ensured), save(applied));

    const test::KernelState before = kernel_state(ensured);
    const uint32_t generation = ensured.ask(test::nft_generation);
    const auto second = engine_.ensure(within(ensured), wanted);
    ASSERT_TRUE(second) << to_string(second.error());
    EXPECT_EQ(second->tables, 0U);
    EXPECT_EQ(second->rules, 0U);
    EXPECT_EQ(ensured.ask(test::nft_generation), generation);
    EXPECT_EQ(first_difference(before, kernel_state(ensured)), "");
    EXPECT_TRUE(engine_.missing(within(ensured), wanted)->changes.empty());
  }
}

// What the real tool wrote is recognized.
TEST_P(Ensuring, NothingIsMissingOfWhatTheToolWrote) {
  const FreshNetns netns;
  netns.must(tool("iptables") + "-restore", kRules);
  netns.must(tool("ip6tables") + "-restore", kRules);
  for (const Existing existing : {Existing::kKeep, Existing::kReplace}) {
    const auto done = engine_.ensure(within(netns), parse(existing));
    ASSERT_TRUE(done) << to_string(done.error());
    EXPECT_EQ(done->tables, 0U);
  }
}

TEST_P(Ensuring, MendsWhatIsOtherwiseAndLeavesTheRestWithItsCounters) {
  const FreshNetns netns;
  const std::string iptables = tool("iptables");
  netns.must(
      iptables + "-restore -c",
      "*filter\n:INPUT DROP [0:0]\n:MESH - [0:0]\n:OWN - [0:0]\n[7:70] -A INPUT -j OWN\n[8:80] -A OWN -j RETURN\n"
      "[9:90] -A MESH -j DROP\nCOMMIT\n");
  const auto done =
      engine_.ensure(within(netns), parse(Existing::kKeep,
                                          "*filter\n:MESH - [0:0]\n-I INPUT -j MESH\n-A INPUT -j OWN\n"
                                          "-A MESH -p tcp -j ACCEPT\n:OWN - [0:0]\n-A OWN -j RETURN\nCOMMIT\n"));
  ASSERT_TRUE(done) << to_string(done.error());
  const std::string after = netns.must(iptables + "-save -c");
  EXPECT_NE(after.find("[0:0] -A INPUT -j MESH\n[7:70] -A INPUT -j OWN\n[0:0] -A MESH -p tcp -j ACCEPT\n"
                       "[8:80] -A OWN -j RETURN\n"),
            std::string::npos)
      << after;
}

// Whoever comes second finds the rule of whoever came first.
TEST_P(Ensuring, SeveralAtOnceAddARuleOnce) {
  const FreshNetns netns;
  const Transaction wanted = parse(Existing::kKeep, "*filter\n-A INPUT -j ACCEPT\n-I OUTPUT -j DROP\nCOMMIT\n");
  for (int round = 0; round < 10; ++round) {
    netns.must(tool("iptables") + " -F");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const auto done = engine_.ensure(within(netns), wanted);
        EXPECT_TRUE(done) << to_string(done.error());
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(netns.must(tool("iptables") + " -S"),
              "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-A INPUT -j ACCEPT\n-A OUTPUT -j DROP\n");
  }
}

TEST_P(Ensuring, AnErrorNamesTheLineAndChangesNothing) {
  const FreshNetns netns;
  netns.must(tool("iptables") + " -A INPUT -j DROP");
  const test::KernelState before = kernel_state(netns);
  const auto done = engine_.ensure(
      within(netns), parse(Existing::kKeep, "*filter\n-A OUTPUT -j ACCEPT\n-A NOWHERE -j ACCEPT\nCOMMIT\n"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().origin.file, "test.rules");
  EXPECT_EQ(done.error().origin.line, 3U);
  EXPECT_EQ(first_difference(before, kernel_state(netns)), "");
}

TEST(EnsuringByBinary, DoesNothingTheSecondTime) {
  const FreshNetns netns;
  const Engine engine({.forced_backend = BackendKind::exec});
  const Context context = within(netns);
  const auto first = engine.ensure(context, parse(Existing::kKeep));
  ASSERT_TRUE(first) << to_string(first.error());
  EXPECT_GT(first->tables, 0U);
  const auto second = engine.ensure(context, parse(Existing::kKeep));
  ASSERT_TRUE(second) << to_string(second.error());
  EXPECT_EQ(second->tables, 0U);
}

TEST(EnsuringByCommand, PrintsWhatIsMissingAndThenDoesIt) {
  const FreshNetns netns;
  const std::string input = "*nat\n:MESH - [0:0]\n-A OUTPUT -j MESH\nCOMMIT\n";
  const std::string missing = "# ipv4\n*nat\n-N MESH\n-A OUTPUT -j MESH\nCOMMIT\n";
  const std::string ensure = std::string(FERRULE_COMMAND) + " ensure --backend nft --noflush --ipv4 -";
  EXPECT_EQ(netns.must(ensure + " --dry-run", input), missing);
  EXPECT_FALSE(netns.command({"iptables-nft", "-t", "nat", "-S", "MESH"}).ok());
  EXPECT_NE(netns.must(ensure, input).find("changed 1 tables, 1 rules"), std::string::npos);
  EXPECT_EQ(netns.must(ensure + " --dry-run", input), "# nothing is missing\n");
  EXPECT_NE(netns.must(ensure + " --json", input).find("\"tables\": 0"), std::string::npos);
  const auto refused = netns.command({FERRULE_COMMAND, "ensure", "--ipv4", "-"}, "*nat\n-Z\nCOMMIT\n");
  EXPECT_EQ(refused.exit_status, 2);
  EXPECT_EQ(refused.err.rfind("<stdin>:2: -Z says", 0), 0U) << refused.err;
}

TEST(EnsuringInC, SaysWhetherAnythingWasChanged) {
  const FreshNetns netns;
  ferrule_engine* engine = ferrule_engine_new(FERRULE_BACKEND_NFT);
  int changed = -1;
  for (const int expected : {1, 0}) {
    EXPECT_EQ(ferrule_ensure(engine, netns.path().c_str(), kRules, nullptr, FERRULE_NOFLUSH, &changed, nullptr),
              FERRULE_OK);
    EXPECT_EQ(changed, expected);
  }
  char* error = nullptr;
  EXPECT_EQ(ferrule_ensure(engine, netns.path().c_str(), "*raw\n-Z\nCOMMIT\n", nullptr, 0, nullptr, &error),
            FERRULE_INVALID_INPUT);
  EXPECT_EQ(std::string(error).rfind("<ipv4>:2: -Z says", 0), 0U) << error;
  ferrule_string_free(error);
  ferrule_engine_free(engine);
}

}  // namespace
}  // namespace ferrule

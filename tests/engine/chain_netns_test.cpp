// Engine::chain: what a snapshot says of one chain.
#include <gtest/gtest.h>

#include <string>

#include "ferrule/engine.hpp"
#include "ferrule/text.hpp"
#include "support/netns_fixture.hpp"

namespace ferrule {
namespace {

constexpr std::string_view kRules =
    "*filter\n:FORWARD DROP\n:a -\n:b -\n"
    "-A FORWARD -p tcp --dport 80 -j a\n-A INPUT -j b\n-A a -s 192.0.2.1 -j b\n-A a -g b\n-A b -j RETURN\nCOMMIT\n";

class OneChain : public testing::TestWithParam<BackendKind> {
 protected:
  void SetUp() override {
    const auto parsed = parse_restore(Family::ipv4, kRules, {});
    ASSERT_TRUE(parsed);
    const auto done = engine_.apply(context(), *parsed);
    ASSERT_TRUE(done) << to_string(done.error());
  }

  Context context() const { return Context::in(NetNs::fd(netns_.fd())); }
  Table chain(TableId table, std::string_view name) const {
    auto read = engine_.chain(context(), Family::ipv4, table, ChainName(name));
    EXPECT_TRUE(read) << to_string(read.error());
    return read ? *std::move(read) : Table{};
  }

  test::FreshNetns netns_;
  Engine engine_{{.forced_backend = GetParam()}};
};

TEST_P(OneChain, IsWhatTheSnapshotSaysOfIt) {
  const auto all = engine_.snapshot(context(), Family::ipv4, TableId::filter);
  ASSERT_TRUE(all);
  for (const std::string_view name : {"INPUT", "FORWARD", "OUTPUT", "a", "b"}) {
    SCOPED_TRACE(name);
    const Table one = chain(TableId::filter, name);
    const Chain* expected = all->tables.front().find(name);
    ASSERT_NE(expected, nullptr);
    ASSERT_EQ(one.chains.size(), 1U);
    EXPECT_EQ(one.chains.front().in_kernel, expected->in_kernel);
    EXPECT_EQ(one.chains.front().references, expected->references);
    const ListOptions options{.chain = name, .verbose = 1};
    EXPECT_EQ(to_list_text(one, options), to_list_text(all->tables.front(), options));
    EXPECT_EQ(to_rules_text(one, options), to_rules_text(all->tables.front(), options));
  }
}

TEST_P(OneChain, IsNoneWhereThereIsNoneOfThatName) {
  EXPECT_TRUE(chain(TableId::filter, "c").chains.empty());
  EXPECT_TRUE(chain(TableId::mangle, "a").chains.empty());
}

TEST_P(OneChain, OfATableThatNobodyMadeIsABaseChainOrNone) {
  const Table table = chain(TableId::nat, "OUTPUT");
  ASSERT_EQ(table.chains.size(), 1U);
  EXPECT_EQ(table.chains.front().hook, Hook::output);
  EXPECT_TRUE(table.chains.front().rules.empty());
  EXPECT_TRUE(chain(TableId::nat, "INFORWARD").chains.empty());
}

INSTANTIATE_TEST_SUITE_P(Backends, OneChain, testing::Values(BackendKind::legacy, BackendKind::nft),
                         [](const auto& name) { return std::string(backend_name(name.param)); });

TEST(OneChainOfNfTables, IsNotTroubledByWhatOthersPutInOtherChains) {
  const test::FreshNetns netns;
  netns.command({"nft",
                 "table ip filter { chain INPUT { type filter hook input priority 0; numgen inc mod 2 0 drop; }; "
                 "chain a { return; }; chain b { jump a; }; }"});
  const Engine engine({.forced_backend = BackendKind::nft});
  const Context context = Context::in(NetNs::fd(netns.fd()));
  const auto a = engine.chain(context, Family::ipv4, TableId::filter, ChainName("a"));
  ASSERT_TRUE(a) << to_string(a.error());
  EXPECT_FALSE(a->incompatible);
  EXPECT_TRUE(a->foreign.empty());
  ASSERT_EQ(a->chains.size(), 1U);
  EXPECT_EQ(a->chains.front().rules.size(), 1U);
  EXPECT_EQ(a->chains.front().references, 1U);
  const auto input = engine.chain(context, Family::ipv4, TableId::filter, ChainName("INPUT"));
  ASSERT_TRUE(input) << to_string(input.error());
  EXPECT_TRUE(input->incompatible);
  ASSERT_EQ(input->foreign.size(), 1U);
  EXPECT_EQ(input->foreign.front().number, 1U);
}

}  // namespace
}  // namespace ferrule

// The editor on tables in memory. That they answer as the kernel's tables do is shown by refusal_netns_test.cpp.
#include "backend_legacy/memory_table.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "backend_legacy/edit.hpp"
#include "model/entry.hpp"

namespace ferrule::legacy {
namespace {

using Kind = Operation::Kind;

Rule rule(TargetKind verdict, uint16_t protocol = 0) {
  model::RuleBuilder builder(Family::ipv4);
  builder.selectors.protocol = protocol;
  builder.set_verdict(verdict);
  return *builder.finish();
}

Rule jump(std::string_view chain) {
  model::RuleBuilder builder(Family::ipv4);
  builder.set_chain(chain);
  return *builder.finish();
}

Operation operation(Kind kind, std::string_view chain, std::optional<Rule> with = {}, uint32_t number = 0) {
  Operation op = Operation::flush(ChainName(chain));
  op.kind = kind;
  op.number = number;
  op.rule = std::move(with);
  return op;
}

class MemoryTableTest : public testing::Test {
 protected:
  Result<Edited> edit(std::vector<Operation> operations, Existing existing = Existing::kKeep) {
    TableChange change{.family = Family::ipv4, .table = TableId::filter, .existing = existing, .file = "f"};
    change.commit_line = 99;
    for (uint32_t line = 1; Operation & op : operations) op.line = line++;
    change.operations = std::move(operations);
    return apply_operations(change, table_, sets_);
  }
  std::optional<uint32_t> find(std::string_view chain, const Rule& wanted) {
    return *table_.find(ChainName(chain), wanted, sets_);
  }

  MemoryTable table_{TableId::filter};
  SetNames sets_;
};

TEST_F(MemoryTableTest, ListsBaseChainsInHookOrderThenUserChainsByName) {
  ASSERT_TRUE(
      edit({operation(Kind::new_chain, "z"), operation(Kind::new_chain, "Z"), operation(Kind::new_chain, "a")}));
  const std::vector<ChainName> chains = table_.chains();
  std::vector<std::string> names;
  names.reserve(chains.size());
  for (const ChainName& chain : chains) names.push_back(chain.str());
  EXPECT_EQ(names, (std::vector<std::string>{"INPUT", "FORWARD", "OUTPUT", "Z", "a", "z"}));
  EXPECT_EQ(table_.kind(ChainName("OUTPUT")), ChainKind::base);
  EXPECT_EQ(table_.kind(ChainName("z")), ChainKind::user);
  EXPECT_EQ(table_.kind(ChainName("PREROUTING")), ChainKind::none);
}

TEST_F(MemoryTableTest, InsertCountsFromOneAndTakesNoNumberAsTheHead) {
  ASSERT_TRUE(edit({operation(Kind::append, "INPUT", rule(TargetKind::accept, 1)),
                    operation(Kind::insert, "INPUT", rule(TargetKind::accept, 2)),
                    operation(Kind::insert, "INPUT", rule(TargetKind::accept, 3), 1),
                    operation(Kind::insert, "INPUT", rule(TargetKind::accept, 4), 4),
                    operation(Kind::insert, "INPUT", rule(TargetKind::accept, 5), 2)}));
  EXPECT_EQ(find("INPUT", rule(TargetKind::accept, 3)), 0u);
  EXPECT_EQ(find("INPUT", rule(TargetKind::accept, 5)), 1u);
  EXPECT_EQ(find("INPUT", rule(TargetKind::accept, 2)), 2u);
  EXPECT_EQ(find("INPUT", rule(TargetKind::accept, 1)), 3u);
  EXPECT_EQ(find("INPUT", rule(TargetKind::accept, 4)), 4u);
  EXPECT_EQ(find("INPUT", rule(TargetKind::drop, 4)), std::nullopt);
}

TEST_F(MemoryTableTest, JumpsAreCountedUntilTheyAreGone) {
  ASSERT_TRUE(edit({operation(Kind::new_chain, "a"), operation(Kind::new_chain, "b"),
                    operation(Kind::append, "b", jump("a")), operation(Kind::append, "INPUT", jump("a"))}));
  EXPECT_EQ(table_.delete_chain(ChainName("a")), EMLINK);
  EXPECT_EQ(table_.delete_chain(ChainName("b")), ENOTEMPTY);
  ASSERT_TRUE(edit({operation(Kind::replace, "INPUT", rule(TargetKind::drop), 1)}));
  EXPECT_EQ(table_.delete_chain(ChainName("a")), EMLINK);
  ASSERT_TRUE(edit({operation(Kind::flush, "b")}));
  EXPECT_EQ(table_.delete_chain(ChainName("a")), 0);
}

TEST_F(MemoryTableTest, JumpsFollowARenamedChain) {
  ASSERT_TRUE(edit({operation(Kind::new_chain, "a"), operation(Kind::append, "INPUT", jump("a"))}));
  Operation rename = operation(Kind::rename_chain, "a");
  rename.new_name = ChainName("b");
  ASSERT_TRUE(edit({rename}));
  EXPECT_EQ(find("INPUT", jump("a")), std::nullopt);
  EXPECT_EQ(find("INPUT", jump("b")), 0u);
  EXPECT_EQ(table_.delete_chain(ChainName("b")), EMLINK);
  EXPECT_EQ(table_.create_chain(ChainName("a")), 0);
}

TEST_F(MemoryTableTest, ReplacingEmptiesTheTableFirst) {
  ASSERT_TRUE(edit({operation(Kind::new_chain, "a"), operation(Kind::append, "a", jump("a")),
                    operation(Kind::append, "INPUT", jump("a"))}));
  ASSERT_TRUE(edit({operation(Kind::declare_chain, "b")}, Existing::kReplace));
  EXPECT_EQ(table_.kind(ChainName("a")), ChainKind::none);
  EXPECT_EQ(table_.kind(ChainName("b")), ChainKind::user);
  EXPECT_EQ(find("INPUT", jump("a")), std::nullopt);
}

TEST_F(MemoryTableTest, DeclaringAChainThatIsThereFlushesItOnlyWhereOthersStay) {
  ASSERT_TRUE(edit({operation(Kind::declare_chain, "a"), operation(Kind::append, "a", rule(TargetKind::drop))}));
  ASSERT_TRUE(edit({operation(Kind::declare_chain, "a")}));
  EXPECT_EQ(find("a", rule(TargetKind::drop)), std::nullopt);
  const auto twice =
      edit({operation(Kind::declare_chain, "b"), operation(Kind::declare_chain, "b")}, Existing::kReplace);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, Code::kExists);
  EXPECT_EQ(to_string(twice.error()), "f:2: Chain already exists");
}

TEST_F(MemoryTableTest, VerdictsAreNoChainNames) {
  for (const char* verdict : {"ACCEPT", "DROP", "QUEUE", "RETURN"}) {
    EXPECT_EQ(table_.create_chain(ChainName(verdict)), EEXIST) << verdict;
  }
}

TEST_F(MemoryTableTest, ATargetHiddenByAChainIsRefused) {
  model::RuleBuilder builder(Family::ipv4);
  builder.set_target("LOG", 0, std::vector<std::byte>(32));
  const auto hidden = edit({operation(Kind::new_chain, "LOG"), operation(Kind::append, "INPUT", *builder.finish())});
  ASSERT_FALSE(hidden);
  EXPECT_EQ(hidden.error().code, Code::kInvalidInput);
  EXPECT_EQ(hidden.error().origin.line, 2u);
}

TEST_F(MemoryTableTest, SaysWhetherThereIsSomethingToCommit) {
  EXPECT_EQ(*edit({}), Edited::kNothing);
  EXPECT_EQ(*edit({operation(Kind::delete_chain, "")}), Edited::kNothing);
  EXPECT_EQ(*edit({operation(Kind::flush, "")}), Edited::kSomething);
  EXPECT_EQ(*edit({}, Existing::kReplace), Edited::kSomething);
  EXPECT_EQ(*edit({operation(Kind::append, "INPUT", rule(TargetKind::drop))}), Edited::kSomething);
  EXPECT_EQ(*edit({operation(Kind::check, "INPUT", rule(TargetKind::drop))}), Edited::kNothing);
}

}  // namespace
}  // namespace ferrule::legacy

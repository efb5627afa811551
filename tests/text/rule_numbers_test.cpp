// Rules that are left out keep their numbers.
#include "text/rule_numbers.hpp"

#include <gtest/gtest.h>

#include "ferrule/text.hpp"

namespace ferrule::text {
namespace {

TEST(RuleNumbers, SkipWhatIsLeftOut) {
  Chain chain{.name = ChainName("INPUT"), .hook = Hook::input};
  for (int i = 0; i < 3; ++i) chain.rules.emplace_back(Family::ipv4);
  Table table{.id = TableId::filter, .chains = {chain}};
  EXPECT_EQ(rule_numbers(table, chain), (std::vector<uint32_t>{1, 2, 3}));
  using Kind = Foreign::Kind;
  table.foreign = {{.kind = Kind::unreadable_rule, .chain = "INPUT", .number = 4},
                   {.kind = Kind::unreadable_rule, .chain = "OUTPUT", .number = 2},
                   {.kind = Kind::base_chain, .chain = "INPUT"},
                   {.kind = Kind::unreadable_rule, .chain = "INPUT", .number = 1},
                   {.kind = Kind::rule, .chain = "INPUT", .number = 2}};
  EXPECT_EQ(rule_numbers(table, chain), (std::vector<uint32_t>{3, 5, 6}));
  EXPECT_EQ(to_rules_text(table, {.chain = "INPUT", .number = 2}), "");
  EXPECT_EQ(to_rules_text(table, {.chain = "INPUT", .number = 5}), "-A INPUT\n");
  const std::string listed = to_list_text(table, {.form = NumberForm::kNumeric, .line_numbers = true});
  EXPECT_NE(listed.find("\n3 "), std::string::npos) << listed;
  EXPECT_NE(listed.find("\n6 "), std::string::npos) << listed;
  EXPECT_EQ(listed.find("\n1 "), std::string::npos) << listed;
}

}  // namespace
}  // namespace ferrule::text

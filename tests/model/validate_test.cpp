// Covers src/model/validate.cpp, operation.cpp and rule.cpp: what a caller can make by hand, and that it is well formed
// or refused.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "ferrule/text.hpp"
#include "ferrule/transaction.hpp"
#include "model/entry.hpp"

namespace ferrule {
namespace {

const ChainName kInput("INPUT");

Transaction of(Operation operation, Family family = Family::ipv4) {
  TableChange change{.family = family, .table = TableId::filter, .file = "by hand"};
  change.operations.push_back(std::move(operation));
  return {.changes = {std::move(change)}};
}

Rule rule_to(std::string_view chain) {
  model::RuleBuilder builder(Family::ipv4);
  builder.set_chain(chain);
  return *builder.finish();
}

Operation changed(Operation operation, const std::function<void(Operation&)>& change) {
  change(operation);
  return operation;
}

TEST(Validate, RefusesWhatNoKernelCanBeTold) {
  const Rule rule(Family::ipv4);
  Rule moved_from(Family::ipv4);
  const Rule taken = std::move(moved_from);
  struct Row {
    const char* what;
    Operation operation;
  };
  const std::vector<Row> rows = {
      {"no rule", changed(Operation::append(kInput, rule), [](Operation& o) { o.rule.reset(); })},
      {"no rule to look for", changed(Operation::check(kInput, rule), [](Operation& o) { o.rule.reset(); })},
      {"a rule that was moved from", Operation::append(kInput, moved_from)},  // NOLINT(bugprone-use-after-move)
      {"an IPv6 rule", Operation::append(kInput, Rule(Family::ipv6))},
      {"no chain", Operation::append(ChainName(), rule)},
      {"no chain to make", Operation::new_chain(ChainName(""))},
      {"no chain to zero a rule of", Operation::zero_rule(ChainName(), 1)},
      {"a line break", Operation::new_chain(ChainName("a\nb"))},
      {"a blank", Operation::new_chain(ChainName("a b"))},
      {"a NUL", Operation::new_chain(ChainName(std::string_view("a\0b", 3)))},
      {"a long name", Operation::new_chain(ChainName(std::string(29, 'x')))},
      {"a longer name", Operation::flush(ChainName(std::string(300, 'x')))},
      {"a long new name", Operation::rename_chain(kInput, ChainName(std::string(29, 'x')))},
      {"no new name", Operation::rename_chain(kInput, ChainName())},
      {"a jump to a line break", Operation::append(kInput, rule_to("a\nb"))},
      {"rule number 0 to replace", Operation::replace(kInput, 0, rule)},
      {"rule number 0 to delete", Operation::delete_number(kInput, 0)},
      {"no policy", changed(Operation::set_policy(kInput, Policy::drop), [](Operation& o) { o.policy.reset(); })},
      {"policy 7", Operation::set_policy(kInput, static_cast<Policy>(7))},
      {"kind 77", changed(Operation::flush(kInput), [](Operation& o) { o.kind = static_cast<Operation::Kind>(77); })},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    const auto valid = validate(of(Operation(row.operation).at_line(3)));
    ASSERT_FALSE(valid);
    EXPECT_EQ(valid.error().code, Code::kInvalidInput);
    EXPECT_EQ(valid.error().origin.file, "by hand");
    EXPECT_EQ(valid.error().origin.line, 3U);
    EXPECT_EQ(valid.error().table, "filter");
    EXPECT_FALSE(valid.error().message.empty());
    EXPECT_FALSE(to_restore_text(of(row.operation), Family::ipv4));
  }
  Transaction no_table = of(Operation::flush_all());
  no_table.changes[0].table = static_cast<TableId>(9);
  EXPECT_FALSE(validate(no_table));
  EXPECT_FALSE(validate(of(Operation::flush_all(), static_cast<Family>(3))));
}

TEST(Validate, AcceptsEveryKindOfOperation) {
  const Rule rule(Family::ipv4);
  const ChainName chain("x");
  for (const Operation& operation :
       {Operation::append(chain, rule), Operation::insert(chain, 1, rule), Operation::replace(chain, 1, rule),
        Operation::delete_rule(chain, rule), Operation::delete_number(chain, 1), Operation::check(chain, rule),
        Operation::flush(chain), Operation::flush_all(), Operation::zero(chain), Operation::zero_rule(chain, 1),
        Operation::zero_all(), Operation::new_chain(chain), Operation::delete_chain(chain),
        Operation::delete_all_chains(), Operation::rename_chain(chain, kInput),
        Operation::set_policy(kInput, Policy::drop), Operation::declare_chain(chain)}) {
    const auto valid = validate(of(operation));
    EXPECT_TRUE(valid) << to_string(valid.error());
  }
}

TEST(ChainName, IsNeverCutInSilence) {
  const std::string longest(28, 'x');
  EXPECT_TRUE(ChainName(longest).is_valid());
  EXPECT_FALSE(ChainName(longest + "y").is_valid());
  EXPECT_NE(ChainName(longest + "y"), ChainName(longest));
}

TEST(Rule, IsMadeOnlyOfWellFormedBytes) {
  const Rule good = rule_to("x");
  const std::vector<std::byte> entry(good.entry().begin(), good.entry().end());
  ASSERT_TRUE(Rule::from_entry(Family::ipv4, TargetKind::chain, entry));
  EXPECT_FALSE(Rule::from_entry(Family::ipv6, TargetKind::chain, entry));
  EXPECT_FALSE(Rule::from_entry(Family::ipv4, TargetKind::accept, entry));
  EXPECT_FALSE(Rule::from_entry(Family::ipv4, TargetKind::chain, entry,
                                {{Attachment::Kind::set_name, static_cast<uint32_t>(entry.size()), "s"}}));
  for (size_t size = 0; size < entry.size(); ++size) {
    EXPECT_FALSE(Rule::from_entry(Family::ipv4, TargetKind::chain, std::span(entry).first(size)));
  }
  // Whatever single byte is another one, what is accepted can be read.
  for (size_t at = 0; at < entry.size(); ++at) {
    for (const int value : {0, 1, 7, 8, 0x7f, 0x80, 0xff}) {
      std::vector<std::byte> other = entry;
      other[at] = static_cast<std::byte>(value);
      const auto made = Rule::from_entry(Family::ipv4, TargetKind::chain, other);
      if (made) {
        EXPECT_FALSE(to_rule_text(*made, "INPUT").empty());
      }
    }
  }
}

TEST(Rule, ThatWasMovedFromIsEmptyAndHarmless) {
  Rule from = rule_to("x");
  const Rule to = std::move(from);
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_TRUE(from.entry().empty());
  EXPECT_EQ(from.target_name(), "");
  EXPECT_EQ(from.counters(), Counters{});
  from.set_counters({.packets = 1, .bytes = 2});
  EXPECT_FALSE(from.attach({Attachment::Kind::foreign_text, 0, "x"}));
  // NOLINTEND(bugprone-use-after-move)
}

}  // namespace
}  // namespace ferrule

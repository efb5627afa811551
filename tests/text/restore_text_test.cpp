// Covers src/text/restore_text.cpp: what is printed reads back as the same transaction.
#include "text/restore_text.hpp"

#include <gtest/gtest.h>

#include "ferrule/text.hpp"
#include "model/entry.hpp"

namespace ferrule::text {
namespace {

Transaction parse(std::string_view text, ParseOptions options = {}) {
  auto parsed = parse_restore(Family::ipv4, text, options);
  EXPECT_TRUE(parsed) << to_string(parsed.error());
  return parsed ? *std::move(parsed) : Transaction{};
}

Result<RestoreText> print(const Transaction& transaction) {
  std::vector<const TableChange*> changes;
  for (const TableChange& change : transaction.changes) changes.push_back(&change);
  return to_restore_text(changes);
}

TEST(RestoreText, SaysEveryOperation) {
  constexpr std::string_view kText =
      "*mangle\n"
      ":INPUT ACCEPT [0:0]\n"
      ":user - [0:0]\n"
      "-A INPUT -s 10.0.0.0/8 -p tcp -j user\n"
      "-I INPUT 2 -j ACCEPT\n"
      "-R INPUT 1 -i eth+ -j DROP\n"
      "-D INPUT -j ACCEPT\n"
      "-C INPUT -i eth+ -j DROP\n"
      "-D INPUT 1\n"
      "-F\n"
      "-F user\n"
      "-Z\n"
      "-Z INPUT\n"
      "-Z INPUT 3\n"
      "-N other\n"
      "-E other another\n"
      "-X another\n"
      "-X\n"
      "-P INPUT DROP\n"
      "COMMIT\n"
      "*filter\n"
      "COMMIT\n";
  const auto printed = print(parse(kText));
  ASSERT_TRUE(printed) << to_string(printed.error());
  EXPECT_EQ(printed->text, kText);
  EXPECT_FALSE(printed->counters);
  ASSERT_EQ(printed->lines.size(), 22U);
  EXPECT_FALSE(printed->lines[0].operation);
  EXPECT_EQ(printed->lines[3].operation, 2U);
  EXPECT_FALSE(printed->lines[19].operation);
  EXPECT_EQ(printed->lines[19].change, 0U);
  EXPECT_EQ(printed->lines[20].change, 1U);
}

TEST(RestoreText, CountersStandBeforeRulesAndBehindPolicies) {
  constexpr std::string_view kText =
      "*filter\n"
      ":INPUT DROP [5:600]\n"
      "[1:20] -A INPUT -j ACCEPT\n"
      "-A INPUT -j ACCEPT\n"
      "COMMIT\n";
  const auto printed = print(parse(kText, {.counters = CounterUse::kRestore}));
  ASSERT_TRUE(printed);
  EXPECT_EQ(printed->text, kText);
  EXPECT_TRUE(printed->counters);
  EXPECT_FALSE(print(parse(kText))->counters);
}

TEST(RestoreText, ForeignTextGoesThroughUntouched) {
  constexpr std::string_view kText =
      "*filter\n"
      "-A INPUT -s 10.0.0.1 -m nosuch ! --deep \"a \\\"b\\\"\" -j NOSUCH --x\n"
      "COMMIT\n";
  const auto printed = print(parse(kText, {.unknown = UnknownRules::kKeep}));
  ASSERT_TRUE(printed);
  EXPECT_EQ(printed->text, kText);
}

TEST(RestoreText, GoesOnFromALaterChange) {
  const Transaction transaction = parse("*nat\n-N a\nCOMMIT\n*raw\n-N b\nCOMMIT\n*filter\n-N c\nCOMMIT\n");
  const RestoreText later = print(transaction)->from(1);
  EXPECT_EQ(later.text, "*raw\n-N b\nCOMMIT\n*filter\n-N c\nCOMMIT\n");
  ASSERT_EQ(later.lines.size(), 6U);
  EXPECT_EQ(later.lines[1].change, 1U);
  EXPECT_EQ(later.from(2).text, "*filter\n-N c\nCOMMIT\n");
  EXPECT_EQ(later.from(2).from(3).text, "");
}

// Nobody must be able to add commands to the input through a string in a rule or a name.
TEST(RestoreText, NothingEscapesFromALine) {
  const auto refused = [](std::vector<std::string_view> words) {
    const auto parsed = parse_command(Family::ipv4, words, {.file = "x", .unknown = UnknownRules::kKeep});
    EXPECT_TRUE(parsed) << to_string(parsed.error());
    const auto printed = print(*parsed);
    return !printed && printed.error().code == Code::kUnsupported;
  };
  EXPECT_TRUE(refused({"-A", "INPUT", "-m", "nosuch", "--say", "a\n-P INPUT DROP\n"}));
  EXPECT_TRUE(refused({"-E", "old", "new\n-F"}));
  EXPECT_TRUE(refused({"-E", "old", "n w"}));
  EXPECT_TRUE(refused({"-A", "a\"b", "-j", "ACCEPT"}));
  EXPECT_TRUE(refused({"-F", "a\tb"}));
}

TEST(RestoreText, BytesWithoutACodecCannotBeSaid) {
  model::RuleBuilder builder(Family::ipv4);
  builder.add_match("nosuch", 3, {});
  TableChange change{.table = TableId::nat, .file = "pod.rules"};
  change.operations.push_back(Operation::append(ChainName("OUTPUT"), *builder.finish()).at_line(9));
  const auto printed = print({.changes = {change}});
  ASSERT_FALSE(printed);
  EXPECT_EQ(printed.error().code, Code::kUnsupported);
  EXPECT_EQ(to_string(printed.error()), "pod.rules:9: match `nosuch' cannot be said in iptables-restore input");
}

}  // namespace
}  // namespace ferrule::text

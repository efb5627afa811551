// Covers src/text/foreign_rule.cpp and src/backend/foreign_rules.cpp: rules that only a binary understands.
#include "text/foreign_rule.hpp"

#include <gtest/gtest.h>

#include "backend/foreign_rules.hpp"
#include "model/entry.hpp"

namespace ferrule {
namespace {

Result<Transaction> parse_line(std::string_view line, UnknownRules unknown) {
  const std::string text = "*mangle\n" + std::string(line) + "\nCOMMIT\n";
  return parse_restore(Family::ipv4, text, {.file = "pod.rules", .counters = CounterUse::kRestore, .unknown = unknown});
}

TEST(ForeignRule, IsRefusedUnlessAskedFor) {
  const auto refused = parse_line("-A INPUT -m nosuch --deep 3 -j ACCEPT", UnknownRules::kRefuse);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
}

TEST(ForeignRule, KeepsTheTextLessVerbAndChain) {
  struct Case {
    std::string_view line;
    std::string_view text;  // of the rule, from -A, -I … on as to_rule_text has it behind the chain
    Operation::Kind kind;
    uint32_t number;
  };
  const Case cases[] = {
      {"-A INPUT -m nosuch --deep 3 -j ACCEPT", "-m nosuch --deep 3 -j ACCEPT", Operation::Kind::append, 0},
      {"-s 10.0.0.1 -m nosuch --append INPUT", "-s 10.0.0.1 -m nosuch", Operation::Kind::append, 0},
      {"-I INPUT 3 -m nosuch", "-m nosuch", Operation::Kind::insert, 3},
      {"-I INPUT -m nosuch", "-m nosuch", Operation::Kind::insert, 1},
      {"-R INPUT 2 ! -p tcp -m nosuch", "! -p tcp -m nosuch", Operation::Kind::replace, 2},
      {"-D INPUT -m nosuch ! --x", "-m nosuch ! --x", Operation::Kind::delete_rule, 0},
      {"-C INPUT -m nosuch", "-m nosuch", Operation::Kind::check, 0},
      {"-A INPUT -j NOSUCH --with this", "-j NOSUCH --with this", Operation::Kind::append, 0},
      {R"(-A INPUT -m nosuch --say "a \"b\" \\c" --empty "")", R"(-m nosuch --say "a \"b\" \\c" --empty "")",
       Operation::Kind::append, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.line);
    const auto parsed = parse_line(c.line, UnknownRules::kKeep);
    ASSERT_TRUE(parsed) << to_string(parsed.error());
    const Operation& operation = parsed->changes.at(0).operations.at(0);
    EXPECT_EQ(operation.kind, c.kind);
    EXPECT_EQ(operation.chain.view(), "INPUT");
    EXPECT_EQ(operation.number, c.number);
    ASSERT_TRUE(operation.rule);
    EXPECT_EQ(operation.rule->foreign_text(), c.text);
    EXPECT_EQ(to_rule_text(*operation.rule, "INPUT"), "-A INPUT " + std::string(c.text));
    EXPECT_TRUE(model::check_entry(Family::ipv4, operation.rule->entry()));
  }
}

TEST(ForeignRule, KeepsCounters) {
  const auto parsed = parse_line("[7:80] -A INPUT -m nosuch", UnknownRules::kKeep);
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(parsed->changes.at(0).operations.at(0).rule->counters(), (Counters{7, 80}));
}

TEST(ForeignRule, MistakesAreErrorsAllTheSame) {
  for (const std::string_view line : {"-A INPUT -s 300.0.0.1 -j ACCEPT", "-A INPUT --dport 80", "-A INPUT -j"}) {
    SCOPED_TRACE(line);
    const auto refused = parse_line(line, UnknownRules::kKeep);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kInvalidInput);
    const auto kept = parse_line(line, UnknownRules::kKeepInvalid);
    ASSERT_TRUE(kept) << to_string(kept.error());
    EXPECT_TRUE(kept->changes.at(0).operations.at(0).rule->foreign_text());
  }
}

TEST(ForeignRule, NeedsAVerbAndAPossibleChain) {
  for (const std::string_view line :
       {"-m nosuch", "-A", "-D INPUT 3 -m nosuch", "-R INPUT -m nosuch", "-A a -A b -m nosuch",
        "-A name-of-twenty-nine-characters -m nosuch", "-I INPUT 0 -m nosuch"}) {
    SCOPED_TRACE(line);
    EXPECT_FALSE(parse_line(line, UnknownRules::kKeepInvalid));
  }
}

TEST(ForeignRule, ComesFromArgumentsToo) {
  const std::string_view words[] = {"-w", "5", "-t", "nat", "-A", "OUTPUT", "-m", "nosuch", "--say", "a b"};
  const auto parsed = parse_command(Family::ipv6, words, {.unknown = UnknownRules::kKeep});
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(parsed->changes.at(0).table, TableId::nat);
  EXPECT_EQ(parsed->changes.at(0).operations.at(0).rule->foreign_text(), R"(-m nosuch --say "a b")");
}

TEST(ForeignRule, EqualsOnlyTheSameText) {
  const auto rule = [](std::string_view line) {
    return *parse_line(line, UnknownRules::kKeep)->changes.at(0).operations.at(0).rule;
  };
  EXPECT_TRUE(same_rule(rule("-A INPUT -m nosuch --x 1"), rule("-I INPUT -m nosuch --x 1")));
  EXPECT_FALSE(same_rule(rule("-A INPUT -m nosuch --x 1"), rule("-A INPUT -m nosuch --x 2")));
  EXPECT_FALSE(same_rule(rule("-A INPUT -m nosuch"), Rule(Family::ipv4)));
}

TEST(ForeignRules, AreRefusedByNativeBackendsWithLineAndOption) {
  const auto match = parse_line("-A INPUT -m nosuch --deep 3 -j ACCEPT", UnknownRules::kKeep);
  const auto refused = refuse_foreign_rules(*match);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_EQ(to_string(refused.error()),
            "pod.rules:2: match `nosuch' is not known here; only a binary can write the rule");
  EXPECT_EQ(refused.error().origin.option, "-m nosuch");
  const auto target = parse_line("-A INPUT -j NOSUCH --x", UnknownRules::kKeep);
  EXPECT_EQ(refuse_foreign_rules(*target).error().origin.option, "-j NOSUCH");
  EXPECT_TRUE(refuse_foreign_rules(*parse_line("-A INPUT -j ACCEPT", UnknownRules::kKeep)));
}

}  // namespace
}  // namespace ferrule

// difference: what is left to do of a wanted state, row by row.
#include "backend/difference.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "backend_exec/save_output.hpp"
#include "ferrule/text.hpp"

namespace ferrule {
namespace {

struct Row {
  const char* name;
  const char* now;  // what iptables-save shows
  Existing existing;
  const char* wanted;  // restore input
  const char* left;    // restore input, or the message of an error
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

constexpr Existing kKeep = Existing::kKeep;
constexpr Existing kReplace = Existing::kReplace;

constexpr Row kRows[] = {
    {"NothingForNothing", "", kKeep, "*nat\nCOMMIT\n", ""},
    {"RuleIsThere", "*filter\n:INPUT ACCEPT [1:2]\n[5:6] -A INPUT -s 10.0.0.1/32 -j DROP\nCOMMIT\n", kKeep,
     "*filter\n-A INPUT -s 10.0.0.1 -j DROP\nCOMMIT\n", ""},
    {"RuleIsThereSomewhere", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\n-A INPUT -j DROP\nCOMMIT\n", kKeep,
     "*filter\n-I INPUT -j DROP\nCOMMIT\n", ""},
    {"RuleIsMissing", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n", kKeep,
     "*filter\n-A INPUT -j DROP\n-I INPUT 2 -p tcp -j ACCEPT\n-A OUTPUT -j DROP\nCOMMIT\n",
     "*filter\n-I INPUT 2 -p tcp -j ACCEPT\n-A OUTPUT -j DROP\nCOMMIT\n"},
    {"RuleIsThereOnceOfTwice", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n", kKeep,
     "*filter\n-A INPUT -j DROP\n-A INPUT -j DROP\nCOMMIT\n", "*filter\n-A INPUT -j DROP\nCOMMIT\n"},
    {"UnwantedRuleIsThereTwice",
     "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\n-A INPUT -j ACCEPT\n-A INPUT -j DROP\nCOMMIT\n", kKeep,
     "*filter\n-D INPUT -j DROP\nCOMMIT\n", "*filter\n-D INPUT -j DROP\n-D INPUT -j DROP\nCOMMIT\n"},
    {"UnwantedRuleIsNotThere", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n", kKeep,
     "*filter\n-D INPUT -j DROP\nCOMMIT\n", ""},
    {"DeletedAndAddedIsWanted", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n", kKeep,
     "*filter\n-D INPUT -j DROP\n-A INPUT -j DROP\nCOMMIT\n", ""},
    {"AddedAndDeletedIsUnwanted", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n", kKeep,
     "*filter\n-A INPUT -j DROP\n-D INPUT -j DROP\nCOMMIT\n", "*filter\n-D INPUT -j DROP\nCOMMIT\n"},
    {"DeclaredChainIsSo", "*nat\n:MESH - [0:0]\n:OTHER - [0:0]\n-A MESH -j RETURN\n-A MESH -p tcp\nCOMMIT\n", kKeep,
     "*nat\n:MESH - [0:0]\n-A MESH -p tcp\n-I MESH -j RETURN\nCOMMIT\n", ""},
    {"DeclaredChainHasAnotherOrder", "*nat\n:MESH - [0:0]\n-A MESH -p tcp\n-A MESH -j RETURN\nCOMMIT\n", kKeep,
     "*nat\n:MESH - [0:0]\n-A MESH -j RETURN\n-A MESH -p tcp\nCOMMIT\n",
     "*nat\n-F MESH\n-A MESH -j RETURN\n-A MESH -p tcp\nCOMMIT\n"},
    {"DeclaredChainIsMissing", "", kKeep, "*nat\n:MESH - [0:0]\n-A OUTPUT -j MESH\n-A MESH -j RETURN\nCOMMIT\n",
     "*nat\n-N MESH\n-A MESH -j RETURN\n-A OUTPUT -j MESH\nCOMMIT\n"},
    {"NewChainIsThere", "*nat\n:MESH - [0:0]\n-A MESH -j RETURN\nCOMMIT\n", kKeep, "*nat\n-N MESH\nCOMMIT\n", ""},
    {"FlushedChainIsNotEmpty", "*nat\n:MESH - [0:0]\n-A MESH -j RETURN\nCOMMIT\n", kKeep, "*nat\n-F MESH\nCOMMIT\n",
     "*nat\n-F MESH\nCOMMIT\n"},
    {"AllFlushed",
     "*nat\n:OUTPUT ACCEPT [0:0]\n:MESH - [0:0]\n:NONE - [0:0]\n-A MESH -j RETURN\n-A OUTPUT -j MESH\nCOMMIT\n", kKeep,
     "*nat\n-F\n-A OUTPUT -j MESH\nCOMMIT\n", "*nat\n-F MESH\nCOMMIT\n"},
    {"ChainsThatReferToEachOtherGo", "*nat\n:A - [0:0]\n:B - [0:0]\n-A A -j B\n-A B -j A\nCOMMIT\n", kKeep,
     "*nat\n-F\n-X\nCOMMIT\n", "*nat\n-F A\n-F B\n-X A\n-X B\nCOMMIT\n"},
    {"ChainIsGoneAlready", "", kKeep, "*nat\n-X MESH\nCOMMIT\n", ""},
    {"PolicyDiffers", "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT DROP [9:9]\nCOMMIT\n", kKeep,
     "*filter\n-P INPUT DROP\n:OUTPUT DROP [0:0]\n:FORWARD DROP [0:0]\nCOMMIT\n",
     "*filter\n-P FORWARD DROP\n-P INPUT DROP\nCOMMIT\n"},
    {"TableIsSo", "*raw\n:OUTPUT DROP [3:4]\n:X - [0:0]\n-A OUTPUT -j X\nCOMMIT\n", kReplace,
     "*raw\n:X - [0:0]\n-A OUTPUT -j X\nCOMMIT\n", ""},
    {"TableHoldsMore",
     "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:X - [0:0]\n:Y - [0:0]\n-A OUTPUT -j X\n-A PREROUTING -j "
     "Y\nCOMMIT\n",
     kReplace, "*raw\n:X - [0:0]\n-A OUTPUT -j X\nCOMMIT\n", "*raw\n-F PREROUTING\n-X Y\nCOMMIT\n"},
    {"TableTwice", "*raw\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j ACCEPT\nCOMMIT\n", kKeep,
     "*raw\n-A OUTPUT -j ACCEPT\nCOMMIT\n*raw\n-A OUTPUT -j DROP\nCOMMIT\n", "*raw\n-A OUTPUT -j DROP\nCOMMIT\n"},
    {"InsertBehindTheEnd", "", kReplace, "*raw\n:X - [0:0]\n-I X 2 -j DROP\nCOMMIT\n",
     "wanted:3: there is no rule of that number to insert before"},
    {"RuleOfNoChain", "*raw\n:X - [0:0]\nCOMMIT\n", kReplace, "*raw\n-A X -j DROP\nCOMMIT\n",
     "wanted:2: no chain X is declared for the rule"},
    {"Replace", "", kKeep, "*raw\n-R OUTPUT 1 -j DROP\nCOMMIT\n",
     "wanted:2: -R says what to do, not what to have: it cannot be ensured"},
    {"DeleteByNumber", "", kKeep, "*raw\n-D OUTPUT 1\nCOMMIT\n",
     "wanted:2: -D with a number says what to do, not what to have: it cannot be ensured"},
    {"Zero", "", kKeep, "*raw\n-Z\nCOMMIT\n", "wanted:2: -Z says what to do, not what to have: it cannot be ensured"},
    {"Rename", "", kKeep, "*raw\n-E A B\nCOMMIT\n",
     "wanted:2: -E says what to do, not what to have: it cannot be ensured"},
};

Result<std::string> left_of(const Row& row) {
  const auto now = exec::ruleset_from_save(Family::ipv4, row.now, {});
  if (!now) return tl::unexpected(now.error());
  const auto wanted = parse_restore(Family::ipv4, row.wanted, {.file = "wanted", .existing = row.existing});
  if (!wanted) return tl::unexpected(wanted.error());
  const auto left = difference({&*now, 1}, *wanted, [](const Rule& rule) -> Result<Rule> { return rule; });
  if (!left) return tl::unexpected(left.error());
  return to_restore_text(*left, Family::ipv4);
}

class Difference : public ::testing::TestWithParam<Row> {};

INSTANTIATE_TEST_SUITE_P(Rows, Difference, ::testing::ValuesIn(kRows), [](const auto& row) { return row.param.name; });

TEST_P(Difference, IsWhatIsLeft) {
  const auto left = left_of(GetParam());
  EXPECT_EQ(left ? *left : to_string(left.error()), GetParam().left);
}

TEST(Difference, ARuleKnownAsTextOnlyCannotBeCompared) {
  const auto wanted = parse_restore(Family::ipv4, "*raw\n-A OUTPUT -m geoip --dst-cc NO\nCOMMIT\n",
                                    {.file = "wanted", .unknown = UnknownRules::kKeep});
  ASSERT_TRUE(wanted) << to_string(wanted.error());
  const auto left = difference({}, *wanted, [](const Rule& rule) -> Result<Rule> { return rule; });
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().code, Code::kUnsupported);
  EXPECT_EQ(left.error().origin.line, 2U);
}

}  // namespace
}  // namespace ferrule

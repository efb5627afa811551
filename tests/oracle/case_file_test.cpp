#include "oracle/case_file.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ferrule::test {
namespace {

TEST(CaseFile, ReadsEveryColumn) {
  const CaseFile file = parse_case_file("x",
                                        "# words\n"
                                        "\n"
                                        "@setup ipset create web hash:ip\n"
                                        "46 ok   -A INPUT -j DROP\n"
                                        "6  bad  -t nat -A work -p tcp -j REDIRECT | nft\n");
  ASSERT_EQ(file.setup.size(), 1u);
  EXPECT_EQ(file.setup[0], (std::vector<std::string>{"ipset", "create", "web", "hash:ip"}));
  ASSERT_EQ(file.cases.size(), 2u);
  const Case& first = file.cases[0];
  EXPECT_EQ(first.line, 4u);
  EXPECT_EQ(first.table, "filter");
  EXPECT_EQ(first.rule, "-A INPUT -j DROP");
  EXPECT_EQ(first.expected, Expected::accepted);
  EXPECT_TRUE(first.concerns(Family::ipv4, Flavour::legacy));
  const Case& second = file.cases[1];
  EXPECT_EQ(second.table, "nat");
  EXPECT_EQ(second.rule, "-A work -p tcp -j REDIRECT");
  EXPECT_EQ(second.expected, Expected::refused);
  EXPECT_TRUE(second.concerns(Family::ipv6, Flavour::nft));
  EXPECT_FALSE(second.concerns(Family::ipv4, Flavour::nft));
  EXPECT_FALSE(second.concerns(Family::ipv6, Flavour::legacy));
}

TEST(CaseFile, NamesTheLineThatIsWrong) {
  for (const char* line : {"5 ok -A INPUT", "4 fine -A INPUT", "4 ok -I INPUT", "4 ok"}) {
    SCOPED_TRACE(line);
    try {
      parse_case_file("x", std::string("# words\n") + line + "\n");
      ADD_FAILURE() << "was taken";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()).substr(0, 11), "x.cases:2: ");
    }
  }
}

TEST(CaseFile, RestoreTextDeclaresChainsTableByTable) {
  const CaseFile file = parse_case_file("x",
                                        "4 ok -A INPUT -m comment --comment \"a -j b\" -j work\n"
                                        "4 ok -t nat -A pre -j NOWHERE\n"
                                        "4 ok -A work -g rest\n");
  EXPECT_EQ(restore_text(file.cases),
            "*filter\n:work - [0:0]\n:rest - [0:0]\n"
            "-A INPUT -m comment --comment \"a -j b\" -j work\n-A work -g rest\nCOMMIT\n"
            "*nat\n:pre - [0:0]\n-A pre -j NOWHERE\nCOMMIT\n");
}

}  // namespace
}  // namespace ferrule::test

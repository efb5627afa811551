// ParseOptions::limits: input that is too large ends with an error that names the line, before it takes the memory.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>

#include "ferrule/text.hpp"

namespace ferrule {
namespace {

std::string addresses(size_t count, const char* prefix) {
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    out += (i == 0 ? "" : ",") + std::string(prefix) + std::to_string(i / 250) + "." + std::to_string(i % 250);
  }
  return out;
}

void expect_limit(const std::string& text, const ParseLimits& limits, uint32_t line, std::string_view word) {
  const auto parsed = parse_restore(Family::ipv4, text, {.file = "f", .limits = limits});
  ASSERT_FALSE(parsed) << word;
  EXPECT_EQ(parsed.error().code, Code::kInvalidInput);
  EXPECT_EQ(parsed.error().kind, ErrorKind::kLimitExceeded);
  EXPECT_EQ(parsed.error().origin.line, line) << word;
  EXPECT_EQ(parsed.error().origin.file, "f");
  EXPECT_NE(parsed.error().message.find(word), std::string::npos) << parsed.error().message;
}

// 100 such lines were 6 GiB of rules.
TEST(ParseLimits, AddressesThatMultiplyAreBounded) {
  const std::string line = "-A INPUT -s " + addresses(90, "10.1.") + " -d " + addresses(90, "10.2.") + " -j ACCEPT\n";
  std::string text = "*filter\n-A INPUT -j ACCEPT\n";
  for (int i = 0; i < 100; ++i) text += line;
  text += "COMMIT\n";
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  expect_limit(text, {}, 3, "90 x 90");
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024) << "KiB";
  EXPECT_TRUE(parse_restore(Family::ipv4, "*filter\n-A INPUT -s 1.1.1.1,2.2.2.2 -d 3.3.3.3,4.4.4.4\nCOMMIT\n"));
}

TEST(ParseLimits, EachLimitNamesTheFirstLineBeyondIt) {
  const std::string rules = "*filter\n-A INPUT\n-A INPUT\n-A INPUT\nCOMMIT\n";
  expect_limit(rules, {.rules = 2}, 4, "rules");
  expect_limit("*filter\n:a -\n-N b\nCOMMIT\n", {.chains = 1}, 3, "chains");
  expect_limit("*filter\nCOMMIT\n*nat\nCOMMIT\n", {.tables = 1}, 3, "tables");
  expect_limit("*filter\n# " + std::string(100, 'x') + "\nCOMMIT\n", {.line_bytes = 50}, 2, "bytes in one line");
  expect_limit(rules, {.bytes = 10}, 1, "bytes");
  EXPECT_TRUE(parse_restore(Family::ipv4, rules, {.limits = {.rules = 3}}));
}

TEST(ParseLimits, TheDefaultsLetALargeKubeProxyFilePass) {
  constexpr size_t kRules = 200'000;
  std::string text = "*nat\n";
  for (size_t i = 0; i < kRules / 10; ++i) text += ":KUBE-SVC-" + std::to_string(i) + " - [0:0]\n";
  for (size_t i = 0; i < kRules; ++i) {
    text += "-A KUBE-SVC-" + std::to_string(i / 10) +
            " -m comment --comment \"ns/service:port\" -p tcp -m tcp --dport 80 -j ACCEPT\n";
  }
  text += "COMMIT\n";
  const auto parsed = parse_restore(Family::ipv4, text);
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(parsed->rule_count(), kRules);
}

// It ended the process: the kernel's offsets inside of a rule have 16 bits.
TEST(ParseLimits, ARuleLargerThanTheKernelsOffsetsIsRefused) {
  const auto rule_of = [](int matches) {
    std::string text = "*filter\n-A INPUT";
    for (int i = 0; i < matches; ++i) text += " -m u32 --u32 0=0";
    return text + " -j ACCEPT\nCOMMIT\n";
  };
  EXPECT_TRUE(parse_restore(Family::ipv4, rule_of(32)));
  for (const int matches : {33, 64, 65, 200, 500}) {
    const auto parsed = parse_restore(Family::ipv4, rule_of(matches), {.limits = ParseLimits::generous()});
    ASSERT_FALSE(parsed) << matches;
    EXPECT_EQ(parsed.error().code, Code::kInvalidInput) << to_string(parsed.error());
    EXPECT_EQ(parsed.error().origin.line, 2U);
  }
  EXPECT_EQ(parse_restore(Family::ipv4, rule_of(33)).error().kind, ErrorKind::kRuleTooLarge);
}

}  // namespace
}  // namespace ferrule

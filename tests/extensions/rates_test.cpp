// Covers src/extensions/rates.cpp. Texts were read off `iptables -S`.
#include "extensions/rates.hpp"

#include <gtest/gtest.h>

namespace ferrule::ext {
namespace {

constexpr uint32_t kScale = 10000;  // as the limit match has it

struct Row {
  std::string_view typed;
  uint32_t period;
  std::string_view printed;
};

TEST(Rates, ReadAndPrint) {
  constexpr Row kRows[] = {
      {"5", 2000, " 5/sec"},
      {"5/s", 2000, " 5/sec"},
      {"5/MIN", 120000, " 5/min"},
      {"60/min", 10000, " 1/sec"},
      {"33/min", 18181, " 33/min"},
      {"12345/minute", 48, " 208/sec"},
      {"7777/second", 1, " 10000/sec"},
      {"3/hour", 12000000, " 3/hour"},
      {"24/day", 36000000, " 1/hour"},
      {"30/d", 28800000, " 30/day"},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.typed);
    const auto period = parse_rate(row.typed, kScale);
    ASSERT_TRUE(period) << period.error().message;
    EXPECT_EQ(*period, row.period);
    std::string printed;
    Text text(printed);
    print_rate(*period, kScale, text);
    EXPECT_EQ(printed, row.printed);
  }
}

TEST(Rates, RefuseWhatIsNoRate) {
  for (const std::string_view typed :
       {"", "0", "x", "5/", "5/x", "5/seconds", "5x", "1.5/s", "-5", "10001", "600001/min", "4294967296", " 5"}) {
    EXPECT_FALSE(parse_rate(typed, kScale)) << typed;
  }
}

}  // namespace
}  // namespace ferrule::ext

// Covers NetNs::parse and the labels; src/netns/ is covered by netns_netns_test.cpp.
#include "ferrule/netns.hpp"

#include <gtest/gtest.h>

namespace ferrule {
namespace {

TEST(NetNsParse, UnderstandsEachForm) {
  struct Row {
    const char* text;
    const char* label;
  };
  static constexpr Row kRows[] = {
      {"pod1", "network namespace /run/netns/pod1"},
      {"1234", "network namespace /run/netns/1234"},
      {"pid", "network namespace /run/netns/pid"},
      {"a:b", "network namespace /run/netns/a:b"},
      {"...", "network namespace /run/netns/..."},
      {"/run/netns/pod1", "network namespace /run/netns/pod1"},
      {"./here", "network namespace ./here"},
      {"/", "network namespace /"},
      {"pid:1", "the network namespace of process 1"},
      {"pid:0", "the network namespace of process 0"},
      {"fd:0", "the network namespace of descriptor 0"},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.text);
    const Result<NetNs> parsed = NetNs::parse(row.text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->label(), row.label);
  }
}

TEST(NetNsParse, RefusesWhatIsNone) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv, "."sv, ".."sv, "pid:"sv, "pid:x"sv, "pid:-1"sv, "pid:1x"sv, "pid: 1"sv,
                                      "pid:99999999999"sv, "fd:"sv, "fd:one"sv, "/run/netns/a\0b"sv, "\0"sv}) {
    const Result<NetNs> parsed = NetNs::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalidInput) << text;
  }
}

}  // namespace
}  // namespace ferrule

// Covers src/text/words.cpp. What each row gives was read off iptables-restore 1.8.9.
#include "text/words.hpp"

#include <gtest/gtest.h>

namespace ferrule::text {
namespace {

using Words = std::vector<std::string_view>;

struct Case {
  std::string_view line;
  Words words;
};

TEST(WordSplitter, CutsAtBlanksAndQuotes) {
  const Case cases[] = {
      {"", {}},
      {"  \t ", {}},
      {"-A INPUT  -j\tACCEPT ", {"-A", "INPUT", "-j", "ACCEPT"}},
      {R"(--comment "a b")", {"--comment", "a b"}},
      {R"(--comment "")", {"--comment", ""}},
      {R"(a"b c")", {"ab c"}},
      {R"("a"b)", {"a", "b"}},  // the closing quote ends the word
      {R"("a\"b\\c")", {R"(a"b\c)"}},
      {R"(a\b)", {R"(a\b)"}},  // a backslash outside quotes is itself
      {"a'b c'", {"a'b", "c'"}},
  };
  WordSplitter splitter;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.line);
    const auto words = splitter.split(c.line);
    ASSERT_TRUE(words) << words.error().message;
    EXPECT_EQ(**words, c.words);
  }
}

TEST(WordSplitter, RefusesWhatDoesNotFit) {
  WordSplitter splitter;
  EXPECT_FALSE(splitter.split(R"(--comment "never closed)"));
  EXPECT_FALSE(splitter.split(std::string(kMaxWordLength + 1, 'x')));
  EXPECT_TRUE(splitter.split(std::string(kMaxWordLength, 'x')));
  EXPECT_FALSE(splitter.split(std::string_view("a\0b", 3)));
  EXPECT_FALSE(splitter.split(std::string(kMaxLineLength + 1, ' ')));
  std::string many;
  for (size_t i = 0; i < kMaxWords; ++i) many += "x ";
  EXPECT_TRUE(splitter.split(many));
  EXPECT_FALSE(splitter.split(many, kMaxWordsWithCounters));
  EXPECT_FALSE(splitter.split(many + "x"));
}

}  // namespace
}  // namespace ferrule::text

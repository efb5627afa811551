// Words: one line of iptables-restore input cut into arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"

namespace ferrule::text {

inline constexpr size_t kMaxLineLength = 10239;  // what iptables-restore reads at once
inline constexpr size_t kMaxWordLength = 1023;
// Of the 255 arguments that iptables-restore has room for, those that it does not put in front itself.
inline constexpr size_t kMaxWords = 251;
inline constexpr size_t kMaxWordsWithCounters = 248;

// Cuts lines into words and keeps the storage between lines. Blanks separate; a `"` opens a quoted stretch, whose end
// also ends the word; a backslash escapes the next character inside quotes and is an ordinary character outside.
class WordSplitter {
 public:
  // The words stay valid until the next call, and as long as `line` lives.
  Result<std::vector<std::string_view>*> split(std::string_view line, size_t max_words = kMaxWords);

 private:
  std::vector<std::string_view> words_;
  std::string unquoted_;  // storage of the words that quoting changed
};

}  // namespace ferrule::text

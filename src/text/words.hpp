// Words: one line of iptables-restore input cut into arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"

namespace ferrule::text {

inline constexpr size_t kMaxLineLength = 10238;  // what iptables-restore reads at once, less the newline
inline constexpr size_t kMaxWordLength = 1023;
inline constexpr size_t kMaxWords = 248;  // of iptables-restore's 255 arguments, less those it puts in front itself

// Cuts lines into words and keeps the storage between lines. Blanks separate; a `"` opens a quoted stretch, whose end
// also ends the word; a backslash escapes the next character inside quotes and is an ordinary character outside.
class WordSplitter {
 public:
  // The words stay valid until the next call, and as long as `line` lives.
  Result<std::vector<std::string_view>*> split(std::string_view line);

 private:
  std::vector<std::string_view> words_;
  std::string unquoted_;  // storage of the words that quoting changed
};

}  // namespace ferrule::text

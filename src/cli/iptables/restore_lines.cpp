#include "iptables/restore_lines.hpp"

#include <algorithm>

namespace ferrule::cli {

Before before_line(std::string_view text, unsigned line) {
  size_t end = 0;
  size_t at = 0;
  for (unsigned number = 1; number < line && at < text.size(); ++number) {
    const size_t newline = std::min(text.find('\n', at), text.size());
    if (text.substr(at, newline - at) == "COMMIT") end = newline;
    at = newline + 1;
  }
  at = std::min(at, text.size());
  return {text.substr(0, end), text.substr(end, at - end)};
}

unsigned lines_in(std::string_view text) { return static_cast<unsigned>(std::ranges::count(text, '\n')); }

std::string_view Lines::at(unsigned line) {
  if (line < number_) *this = Lines(text_);
  for (; number_ < line && !rest_.empty(); ++number_) {
    rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size() - 1) + 1);
  }
  return rest_.substr(0, rest_.find('\n'));
}

unsigned table_line(std::string_view text, unsigned line) {
  Lines lines(text);
  unsigned found = 1;
  for (unsigned number = 1; number < line; ++number) {
    if (lines.at(number).starts_with('*')) found = number;
  }
  return found;
}

unsigned commit_line(std::string_view text, unsigned line) {
  Lines lines(text);
  const unsigned last = lines_in(text) + 1;
  while (line <= last && lines.at(line) != "COMMIT") ++line;
  return line;
}

std::string_view second_word(std::string_view line) {
  constexpr std::string_view kBlanks = " \t";
  for (int word = 0;; ++word) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    const std::string_view found = line.substr(0, line.find_first_of(kBlanks));
    if (word == 1 || found.empty()) return found;
    line.remove_prefix(found.size());
  }
}

}  // namespace ferrule::cli

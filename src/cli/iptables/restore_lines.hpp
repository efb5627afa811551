// The lines of restore input by their numbers, from 1.
#pragma once

#include <string_view>

namespace ferrule::cli {

// What stands before line `line`: the tables that have been committed by then, and of another one the beginning.
struct Before {
  std::string_view committed;
  std::string_view begun;
};
Before before_line(std::string_view text, unsigned line);

unsigned lines_in(std::string_view text);

// Quick where lines are asked for in order: a table may have a chain for each second rule.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text), rest_(text) {}

  // Empty behind the last one.
  std::string_view at(unsigned line);

 private:
  std::string_view text_;
  std::string_view rest_;
  unsigned number_ = 1;
};

// The line of the last `*TABLE` before line `line`; 1 where there is none.
unsigned table_line(std::string_view text, unsigned line);
// The first COMMIT from line `line` on; behind the last line where there is none.
unsigned commit_line(std::string_view text, unsigned line);

std::string_view second_word(std::string_view line);

}  // namespace ferrule::cli

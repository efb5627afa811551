// Lines as iptables-restore and iptables-xml read them.
#pragma once

#include <cstddef>
#include <string>

namespace ferrule::cli {

inline constexpr size_t kMostAtOnce = 10239;

// They read 10239 bytes at most, and what is left of a longer line as another line, also of a comment. A NUL byte hides
// the rest of what was read, the newline too. Here the first is written out with a newline, the second with a blank.
std::string lines_as_read(std::string text);

}  // namespace ferrule::cli

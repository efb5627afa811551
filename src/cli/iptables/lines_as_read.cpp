#include "iptables/lines_as_read.hpp"

#include <algorithm>
#include <string_view>

namespace ferrule::cli {
namespace {

// How much of `text` is read as its first line, the newline included.
size_t first_line(std::string_view text) {
  text = text.substr(0, kMostAtOnce);
  return std::min({text.find('\n'), kMostAtOnce - 1, text.size() - 1}) + 1;
}

bool stays(std::string_view line) { return line.size() < kMostAtOnce || line.ends_with('\n'); }

// Whether there is nothing to be changed, as ever.
bool all_stays(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return false;
  while (!text.empty()) {
    const size_t length = first_line(text);
    if (!stays(text.substr(0, length))) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

std::string lines_as_read(std::string text) {
  if (all_stays(text)) return text;
  std::string out;
  out.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = rest.substr(0, first_line(rest));
    rest.remove_prefix(line.size());
    const size_t hidden = line.find('\0');
    if (hidden != std::string_view::npos) {
      out.append(line.substr(0, hidden)).append(" \n");
    } else {
      out.append(line);
      if (!stays(line)) out.push_back('\n');
    }
  }
  return out;
}

}  // namespace ferrule::cli

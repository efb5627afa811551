#include "text/words.hpp"

#include <array>

namespace ferrule::text {

namespace {

// Blanks separate words, and a quote begins a stretch that is read in another way.
constexpr std::array<bool, 256> kEndsPlain = [] {
  std::array<bool, 256> ends{};
  for (const char c : {' ', '\t', '"'}) ends[static_cast<unsigned char>(c)] = true;
  return ends;
}();

size_t end_of_plain(std::string_view line, size_t at) {
  while (at < line.size() && !kEndsPlain[static_cast<unsigned char>(line[at])]) ++at;
  return at;
}

tl::unexpected<Error> too_long() { return fail(Code::kInvalidInput, "Parameter too long!"); }

}  // namespace

Result<std::vector<std::string_view>*> WordSplitter::split(std::string_view line) {
  words_.clear();
  unquoted_.clear();
  if (line.size() > kMaxLineLength) return fail(Code::kInvalidInput, "line is longer than 10238 bytes");
  if (line.find('\0') != std::string_view::npos) return fail(Code::kInvalidInput, "line has a NUL byte");
  unquoted_.reserve(line.size());  // words point into it: it must not move
  size_t at = 0;
  while (at < line.size()) {
    if (line[at] == ' ' || line[at] == '\t') {
      ++at;
      continue;
    }
    if (words_.size() == kMaxWords) return fail(Code::kInvalidInput, "too many arguments on one line");
    const size_t plain_begin = at;
    at = end_of_plain(line, at);
    if (at == line.size() || line[at] != '"') {
      words_.push_back(line.substr(plain_begin, at - plain_begin));
      if (words_.back().size() > kMaxWordLength) return too_long();
      continue;
    }
    const size_t begin = unquoted_.size();
    unquoted_.append(line.substr(plain_begin, at - plain_begin));
    for (++at; at < line.size() && line[at] != '"'; ++at) {
      if (line[at] == '\\' && at + 1 < line.size()) ++at;
      unquoted_.push_back(line[at]);
    }
    if (at == line.size()) return fail(Code::kInvalidInput, "a quote is opened and not closed on this line");
    ++at;
    words_.push_back(std::string_view(unquoted_).substr(begin));
    if (words_.back().size() > kMaxWordLength) return too_long();
  }
  return &words_;
}

}  // namespace ferrule::text

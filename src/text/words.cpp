#include "text/words.hpp"

namespace ferrule::text {

Result<void> WordSplitter::add(std::string_view word) {
  if (word.size() > kMaxWordLength) return fail(Code::kInvalidInput, "Parameter too long!");
  if (words_.size() == kMaxWords) return fail(Code::kInvalidInput, "too many arguments on one line");
  words_.push_back(word);
  return {};
}

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
    const size_t plain_begin = at;
    while (at < line.size() && line[at] != ' ' && line[at] != '\t' && line[at] != '"') ++at;
    if (at == line.size() || line[at] != '"') {
      if (auto added = add(line.substr(plain_begin, at - plain_begin)); !added) return tl::unexpected(added.error());
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
    if (auto added = add(std::string_view(unquoted_).substr(begin)); !added) return tl::unexpected(added.error());
  }
  return &words_;
}

}  // namespace ferrule::text

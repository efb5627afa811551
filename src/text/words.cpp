#include "text/words.hpp"

#include <array>

namespace ferrule::text {

namespace {

using Characters = std::array<bool, 256>;
constexpr Characters characters(std::string_view text) {
  Characters out{};
  for (const char c : text) out[static_cast<unsigned char>(c)] = true;
  return out;
}

// Blanks separate words, and a quote begins a stretch that is read in another way.
constexpr Characters kEndPlain = characters(" \t\"");
constexpr Characters kEndQuoted = characters("\"\\");

// The first of `ends` from `at` on, or the line's end.
size_t find_end(std::string_view line, size_t at, const Characters& ends) {
  while (at < line.size() && !ends[static_cast<unsigned char>(line[at])]) ++at;
  return at;
}

tl::unexpected<Error> too_long() { return fail(Code::kInvalidInput, "Parameter too long!"); }

}  // namespace

Result<std::vector<std::string_view>*> WordSplitter::split(std::string_view line, size_t max_words) {
  words_.clear();
  unquoted_.clear();
  if (line.size() > kMaxLineLength) {
    // iptables-restore reads so much of it, and finds what is wrong in that first.
    if (auto begin = split(line.substr(0, kMaxLineLength), max_words); !begin) return begin;
    return fail(Code::kInvalidInput, "line is longer than 10239 bytes");
  }
  if (line.find('\0') != std::string_view::npos) return fail(Code::kInvalidInput, "line has a NUL byte");
  unquoted_.reserve(line.size());  // words point into it: it must not move
  size_t at = 0;
  while (at < line.size()) {
    if (line[at] == ' ' || line[at] == '\t') {
      ++at;
      continue;
    }
    if (words_.size() == max_words) return fail(Code::kInvalidInput, "Parser cannot handle more arguments");
    const size_t plain_begin = at;
    at = find_end(line, at, kEndPlain);
    if (at == line.size() || line[at] != '"') {
      words_.push_back(line.substr(plain_begin, at - plain_begin));
      if (words_.back().size() > kMaxWordLength) return too_long();
      continue;
    }
    const std::string_view before = line.substr(plain_begin, at - plain_begin);
    ++at;
    const std::string_view quoted = line.substr(at, find_end(line, at, kEndQuoted) - at);
    at += quoted.size();
    if (before.empty() && at < line.size() && line[at] == '"') {
      words_.push_back(quoted);  // as it stands
    } else {
      const size_t begin = unquoted_.size();
      unquoted_.append(before).append(quoted);
      for (; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] == '\\' && at + 1 < line.size()) ++at;
        unquoted_.push_back(line[at]);
      }
      words_.push_back(std::string_view(unquoted_).substr(begin));
    }
    if (words_.back().size() > kMaxWordLength) return too_long();
    if (at == line.size()) return fail(Code::kInvalidInput, "a quote is opened and not closed on this line");
    ++at;
  }
  return &words_;
}

}  // namespace ferrule::text

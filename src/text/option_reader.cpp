#include "text/option_reader.hpp"

#include <array>

#include "text/global_options.hpp"

namespace ferrule::text {
namespace {

// What a long name leads to.
struct Found {
  Token token;
  Takes takes = Takes::kNothing;
};

bool same_option(const Token& a, const Token& b) {
  return a.kind == b.kind && a.letter == b.letter && a.instance == b.instance && a.id == b.id;
}

// Collects the options whose name begins with what was typed. An exact name ends the search.
class LongLookup {
 public:
  explicit LongLookup(std::string_view typed) : typed_(typed) {}

  bool exact() const { return exact_; }
  std::optional<Found> result() const { return ambiguous_ ? std::nullopt : found_; }

  void offer(std::string_view name, const Found& candidate) {
    if (exact_ || !name.starts_with(typed_)) return;
    if (name.size() == typed_.size()) {
      exact_ = true;
      ambiguous_ = false;
      found_ = candidate;
    } else if (!found_) {
      found_ = candidate;
    } else if (!same_option(found_->token, candidate.token)) {
      ambiguous_ = true;
    }
  }

  void offer_all(ext::Instance& instance) {
    const auto options = instance.extension().options;
    for (size_t id = 0; id < options.size() && !exact_; ++id) {
      Token token{.kind = Token::Kind::kExtension};
      token.instance = &instance;
      token.id = id;
      const bool has_word = options[id].arg != ext::Arg::kNone && (options[id].flags & ext::kMaybeWord) == 0;
      offer(options[id].name, {token, has_word ? Takes::kWord : Takes::kNothing});
    }
  }

 private:
  std::string_view typed_;
  std::optional<Found> found_;
  bool exact_ = false;
  bool ambiguous_ = false;
};

}  // namespace

void Parts::clear() {
  match_count_ = 0;
  has_target_ = false;
}

void Parts::add_match(const ext::Extension& extension, std::string_view typed_name, Family family) {
  if (match_count_ == matches_.size()) matches_.emplace_back();
  matches_[match_count_++].start(extension, typed_name, family);
}

void Parts::set_target(const ext::Extension& extension, std::string_view typed_name, Family family) {
  target_.start(extension, typed_name, family);
  has_target_ = true;
  target_position_ = match_count_;
}

Token OptionReader::next(Parts& parts) {
  last_at_ = at_;
  last_cluster_ = cluster_;
  if (!cluster_.empty()) return short_option();
  if (at_ == words_.size()) return {};
  const std::string_view word = words_[at_++];
  if (word.size() < 2 || word[0] != '-' || word == "--") {
    Token token{.kind = Token::Kind::kWord};
    token.value = word;
    return token;
  }
  if (word[1] == '-') return long_option(word.substr(2), parts);
  cluster_ = word.substr(1);
  return short_option();
}

void OptionReader::again() {
  at_ = last_at_;
  cluster_ = last_cluster_;
}

std::optional<std::string_view> OptionReader::take_word() {
  if (at_ == words_.size()) return std::nullopt;
  const std::string_view word = words_[at_];
  if (!word.empty() && (word[0] == '-' || word[0] == '!')) return std::nullopt;
  ++at_;
  return word;
}

std::optional<std::string_view> OptionReader::take_any() {
  if (at_ == words_.size()) return std::nullopt;
  return words_[at_++];
}

Token OptionReader::long_option(std::string_view body, Parts& parts) {
  const size_t equals = body.find('=');
  const std::string_view typed = body.substr(0, equals);
  LongLookup lookup(typed);
  for (const LongOption& option : long_options()) {
    Token token{.kind = Token::Kind::kGlobal};
    token.letter = option.letter;
    lookup.offer(option.name, {token, *takes_of(option.letter)});
  }
  const auto matches = parts.matches();
  for (size_t i = matches.size() + 1; i-- > 0 && !lookup.exact();) {
    if (parts.target() != nullptr && parts.target_position() == i) lookup.offer_all(*parts.target());
    if (i > 0) lookup.offer_all(matches[i - 1]);
  }
  const auto found = lookup.result();
  const std::string spelled = "--" + std::string(typed);
  Token token{.kind = Token::Kind::kUnknown};
  token.spelled = spelled;
  if (!found || (equals != std::string_view::npos && found->takes == Takes::kNothing)) return token;
  token = found->token;
  token.spelled = spelled;
  if (equals != std::string_view::npos) {
    token.value = body.substr(equals + 1);
  } else if (found->takes == Takes::kWord) {
    token.value = take_any();
    if (!token.value) token.kind = Token::Kind::kNoValue;
  }
  return token;
}

Token OptionReader::short_option() {
  const char letter = cluster_[0];
  cluster_.remove_prefix(1);
  Token token{.kind = Token::Kind::kGlobal};
  token.letter = letter;
  token.spelled = std::string("-") + letter;
  const auto takes = takes_of(letter);
  if (!takes || letter == '0') {
    token.kind = Token::Kind::kUnknown;
    cluster_ = {};
    return token;
  }
  if (*takes == Takes::kNothing) return token;
  if (!cluster_.empty()) {
    token.value = cluster_;
    cluster_ = {};
  } else if (*takes == Takes::kWord) {
    token.value = take_any();
    if (!token.value) token.kind = Token::Kind::kNoValue;
  }
  return token;
}

}  // namespace ferrule::text

#include "text/option_reader.hpp"

#include <array>

#include "text/global_options.hpp"

namespace ferrule::text {
namespace {

// Where a long name leads: an extension's option, or a global one by its letter.
struct Found {
  char letter = 0;
  ext::Instance* instance = nullptr;
  size_t id = 0;
  friend bool operator==(const Found&, const Found&) = default;
};

// Collects the options whose name begins with what was typed. An exact name ends the search.
class LongLookup {
 public:
  explicit LongLookup(std::string_view typed) : typed_(typed) {}

  bool exact() const { return exact_; }
  std::optional<Found> result() const { return ambiguous_ ? std::nullopt : found_; }

  void offer(std::string_view name, const Found& candidate) {
    if (typed_.empty() || name[0] != typed_[0] || !name.starts_with(typed_)) return;
    if (name.size() == typed_.size()) {
      exact_ = true;
      ambiguous_ = false;
      found_ = candidate;
    } else if (!found_) {
      found_ = candidate;
    } else if (*found_ != candidate) {
      ambiguous_ = true;
    }
  }

  void offer_globals() {
    for (const LongOption& option : long_options_from(typed_.empty() ? '\0' : typed_[0])) {
      offer(option.name, {.letter = option.letter});
      if (exact_) return;
    }
  }

  void offer_options_of(ext::Instance& instance) {
    const auto options = instance.extension().options;
    for (size_t id = 0; id < options.size() && !exact_; ++id) {
      offer(options[id].name, {.instance = &instance, .id = id});
    }
  }

 private:
  std::string_view typed_;
  std::optional<Found> found_;
  bool exact_ = false;
  bool ambiguous_ = false;
};

Takes argument_of(const Found& found) {
  if (found.instance == nullptr) return *takes_of(found.letter);
  const ext::Option& option = found.instance->extension().options[found.id];
  // An argument that may be left out never follows a `=`; whether it is there is seen when the option is taken.
  const bool always = option.arg != ext::Arg::kNone && (option.flags & ext::kMaybeWord) == 0;
  return always ? Takes::kWord : Takes::kNothing;
}

}  // namespace

void Parts::clear() {
  match_count_ = 0;
  has_target_ = false;
}

void Parts::add_match(const ext::Extension& extension, Family family) {
  if (match_count_ == matches_.size()) matches_.emplace_back();
  matches_[match_count_++].start(extension, family);
}

void Parts::set_target(const ext::Extension& extension, Family family) {
  target_.start(extension, family);
  has_target_ = true;
  target_position_ = match_count_;
}

std::string Token::spelled() const {
  return long_name.empty() ? std::string("-") + letter : "--" + std::string(long_name);
}

Token OptionReader::next(Parts& parts) {
  last_at_ = at_;
  last_cluster_ = cluster_;
  if (!cluster_.empty()) return short_option();
  if (at_ == words_.size()) return {};
  const std::string_view word = words_[at_++];
  if (word == "--") {
    behind_options_ = words_.size() - at_;
    at_ = words_.size();
    return {};
  }
  if (word.size() < 2 || word[0] != '-') {
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
  const bool has_value = equals != std::string_view::npos;
  Token token{.kind = Token::Kind::kUnknown};
  token.long_name = body.substr(0, equals);
  LongLookup lookup(token.long_name);
  lookup.offer_globals();
  const auto matches = parts.matches();
  for (size_t i = matches.size() + 1; i-- > 0 && !lookup.exact();) {
    if (parts.target() != nullptr && parts.target_position() == i) lookup.offer_options_of(*parts.target());
    if (i > 0) lookup.offer_options_of(matches[i - 1]);
  }
  const auto found = lookup.result();
  const Takes takes = found ? argument_of(*found) : Takes::kNothing;
  if (!found || (has_value && takes == Takes::kNothing)) {
    // The whole word is what is not known.
    token.long_name = body;
    return token;
  }
  token.kind = found->instance == nullptr ? Token::Kind::kGlobal : Token::Kind::kExtension;
  token.letter = found->letter;
  token.instance = found->instance;
  token.id = found->id;
  if (has_value) {
    token.value = body.substr(equals + 1);
  } else if (takes == Takes::kWord) {
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

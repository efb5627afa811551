#include "text/foreign_rule.hpp"

#include <algorithm>
#include <limits>

#include "extensions/registry.hpp"
#include "extensions/text.hpp"
#include "model/entry.hpp"
#include "text/global_options.hpp"
#include "text/verdicts.hpp"

namespace ferrule::text {
namespace {

using ext::Kind;

// A revision that no extension has reached, so that no kernel can take the rule by its name.
constexpr uint8_t kNoRevision = 255;

// The letter of an option that is a word of its own and written in full, or 0.
char letter_of(std::string_view word) {
  if (word.size() == 2 && word[0] == '-' && takes_of(word[1])) return word[1];
  if (!word.starts_with("--")) return 0;
  for (const LongOption& option : long_options()) {
    if (option.name == word.substr(2)) return option.letter;
  }
  return 0;
}

bool is_number(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// As iptables-restore reads words: what is not bare stands in double quotes.
void append_word(std::string_view word, std::string& out) {
  if (!out.empty()) out.push_back(' ');
  if (!word.empty() && word.find_first_of(" \t\"'\\") == std::string_view::npos) {
    out.append(word);
    return;
  }
  out.push_back('"');
  for (const char c : word) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

class ForeignReader {
 public:
  ForeignReader(std::span<const std::string_view> words, Family family, const CommandContext& context)
      : words_(words), family_(family), context_(context) {
    out_.table = context.table;
  }

  std::optional<Command> run() {
    while (at_ < words_.size()) {
      if (!take(words_[at_++])) return std::nullopt;
    }
    if (out_.verbs == 0) return std::nullopt;
    out_.rules.push_back(rule());
    return std::move(out_);
  }

 private:
  std::optional<std::string_view> next() { return at_ < words_.size() ? std::optional(words_[at_++]) : std::nullopt; }
  bool number_follows() const { return at_ < words_.size() && is_number(words_[at_]); }

  bool take(std::string_view word) {
    const char letter = letter_of(word);
    switch (letter) {
      case 'A':
      case 'I':
      case 'R':
      case 'D':
      case 'C':
        return take_verb(letter);
      case 'w':
      case 'W':
        if (number_follows()) ++at_;
        return true;
      case 'v':
        return true;
      case 't': {
        const auto table = next();
        if (table) out_.table = *table;
        return table.has_value();
      }
      default:
        remember_name(letter);
        append_word(word, text_);
        return true;
    }
  }

  bool take_verb(char letter) {
    const auto chain = next();
    if (out_.verbs != 0 || !chain || chain->empty() || !ChainName::fits(*chain) || has_blank(*chain)) return false;
    out_.chain = *chain;
    const auto set = [&](Verb verb) { out_.verbs = static_cast<uint32_t>(verb); };
    switch (letter) {
      case 'A':
        set(Verb::kAppend);
        return true;
      case 'C':
        set(Verb::kCheck);
        return true;
      case 'D':
        set(Verb::kDelete);
        return !number_follows();
      case 'I':
        set(Verb::kInsert);
        out_.number = 1;
        return !number_follows() || take_number();
      default:
        set(Verb::kReplace);
        return number_follows() && take_number();
    }
  }

  bool take_number() {
    uint64_t number = 0;
    if (!ext::parse_number(*next(), std::numeric_limits<int>::max(), number) || number == 0) return false;
    out_.number = static_cast<uint32_t>(number);
    return true;
  }

  // Which extension it is that nobody here knows: for messages, and for the part that stands in the entry.
  void remember_name(char option) {
    if (!name_.empty() || at_ == words_.size() || words_[at_].size() > model::kMaxPartName) return;
    const std::string_view name = words_[at_];
    if (option == 'm' && ext::find_by_name(Kind::match, family_, name) == nullptr) {
      name_ = name;
      kind_ = Kind::match;
    }
    if (option == 'j' && !verdict_by_name(name) && ext::find_by_name(Kind::target, family_, name) == nullptr) {
      name_ = name;
      kind_ = Kind::target;
    }
  }

  Rule rule() const {
    model::RuleBuilder builder(family_);
    builder.counters = context_.counters.value_or(Counters{});
    if (kind_ == Kind::target) {
      builder.set_target(name_, kNoRevision, {});
    } else {
      builder.add_match(name_.empty() ? std::string_view("unknown") : name_, kNoRevision, {});
    }
    // One part without payload always fits, and offset 0 is in every rule.
    Rule out = *builder.finish();
    (void)out.attach({.kind = Attachment::Kind::foreign_text, .offset = 0, .text = text_});
    return out;
  }

  std::span<const std::string_view> words_;
  Family family_;
  const CommandContext& context_;
  size_t at_ = 0;
  Command out_;
  std::string text_;
  std::string_view name_;
  Kind kind_ = Kind::match;
};

}  // namespace

std::optional<Command> keep_as_text(std::span<const std::string_view> words, Family family,
                                    const CommandContext& context, UnknownRules unknown, const Error& error) {
  if (unknown == UnknownRules::kRefuse) return std::nullopt;
  if (unknown == UnknownRules::kKeep && error.code != Code::kUnsupported) return std::nullopt;
  return ForeignReader(words, family, context).run();
}

}  // namespace ferrule::text

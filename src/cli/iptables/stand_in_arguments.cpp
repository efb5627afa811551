#include "iptables/stand_in_arguments.hpp"

#include <algorithm>

namespace ferrule::cli {
namespace {

tl::unexpected<Error> wrong(std::string message) { return fail(Code::kInvalidInput, std::move(message)); }

std::string quoted(std::string_view name) { return "'--" + std::string(name) + "'"; }

class Reader {
 public:
  Reader(std::span<const ToolOption> options, std::span<const std::string_view> words, const AtOnce& at_once)
      : options_(options), words_(words), at_once_(at_once) {}

  Result<ToolArguments> run() {
    while (at_ < words_.size() && !out_.ended) {
      const std::string_view word = words_[at_++];
      if (word == "--") {
        out_.files.insert(out_.files.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
        break;
      }
      if (word.size() < 2 || word[0] != '-') {
        out_.files.emplace_back(word);
        continue;
      }
      auto done = word[1] == '-' ? take_long(word.substr(2)) : take_cluster(word.substr(1));
      if (!done) return tl::unexpected(done.error());
    }
    return std::move(out_);
  }

 private:
  Result<void> take(const ToolOption& option, std::optional<std::string_view> value) {
    std::string& given = out_.given[option.letter];
    if (option.value == OptionValue::kNone) {
      given += option.letter;
    } else {
      given = value.value_or("");
    }
    out_.ended = at_once_(option.letter, value);
    return {};
  }

  std::optional<std::string_view> next_word_without_dash() {
    return at_ < words_.size() && words_[at_].starts_with('-') ? std::nullopt : next_word();
  }

  // The next word, as the value that an option requires.
  std::optional<std::string_view> next_word() {
    return at_ < words_.size() ? std::optional(words_[at_++]) : std::nullopt;
  }

  // By name, or the only one that begins so.
  Result<const ToolOption*> find_name(std::string_view typed, std::string_view body) const {
    std::vector<const ToolOption*> found;
    for (const ToolOption& option : options_) {
      if (option.forms == OptionForms::kLetterOnly || !option.name.starts_with(typed)) continue;
      if (option.name == typed) return &option;
      found.push_back(&option);
    }
    if (found.size() == 1) return found.front();
    if (found.empty()) return wrong("unrecognized option " + quoted(body));
    std::string message = "option " + quoted(body) + " is ambiguous; possibilities:";
    for (const ToolOption* option : found) message += " " + quoted(option->name);
    return wrong(std::move(message));
  }

  Result<void> take_long(std::string_view body) {
    const size_t equals = body.find('=');
    const auto found = find_name(body.substr(0, equals), body);
    if (!found) return tl::unexpected(found.error());
    const ToolOption& option = **found;
    std::optional<std::string_view> value;
    if (equals != std::string_view::npos) value = body.substr(equals + 1);
    if (value && option.value == OptionValue::kNone) {
      return wrong("option " + quoted(option.name) + " doesn't allow an argument");
    }
    if (!value && option.value == OptionValue::kRequired) {
      value = next_word();
      if (!value) return wrong("option " + quoted(option.name) + " requires an argument");
    }
    if (!value && option.value == OptionValue::kIfNextWord) value = next_word_without_dash();
    return take(option, value);
  }

  Result<void> take_cluster(std::string_view letters) {
    while (!letters.empty() && !out_.ended) {
      const char letter = letters[0];
      letters.remove_prefix(1);
      const auto option = std::ranges::find_if(options_, [&](const ToolOption& each) {
        return each.letter == letter && each.forms != OptionForms::kNameOnly;
      });
      if (option == options_.end()) return wrong("invalid option -- '" + std::string(1, letter) + "'");
      if (option->value != OptionValue::kRequired) {
        // To getopt(3), the next word is this one while letters are left in it.
        const bool may_have_value = option->value == OptionValue::kIfNextWord && letters.empty();
        if (auto done = take(*option, may_have_value ? next_word_without_dash() : std::nullopt); !done) return done;
        continue;
      }
      const auto value = letters.empty() ? next_word() : std::optional(letters);
      if (!value) return wrong("option requires an argument -- '" + std::string(1, letter) + "'");
      return take(*option, value);
    }
    return {};
  }

  std::span<const ToolOption> options_;
  std::span<const std::string_view> words_;
  const AtOnce& at_once_;
  size_t at_ = 0;
  ToolArguments out_;
};

}  // namespace

std::optional<std::string> ToolArguments::value(char letter) const {
  const auto found = given.find(letter);
  return found == given.end() ? std::nullopt : std::optional(found->second);
}

Result<ToolArguments> read_tool_arguments(std::span<const ToolOption> options, std::span<const std::string_view> words,
                                          const AtOnce& at_once) {
  return Reader(options, words, at_once).run();
}

}  // namespace ferrule::cli

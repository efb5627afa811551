#include "stand_in_arguments.hpp"

#include <algorithm>

namespace ferrule::cli {
namespace {

const ToolOption* find_letter(std::span<const ToolOption> options, char letter) {
  const auto found = std::ranges::find(options, letter, &ToolOption::letter);
  return found == options.end() ? nullptr : &*found;
}

// By name, or the only one that begins so.
const ToolOption* find_name(std::span<const ToolOption> options, std::string_view name) {
  const ToolOption* found = nullptr;
  for (const ToolOption& option : options) {
    if (option.name == name) return &option;
    if (!option.name.starts_with(name)) continue;
    if (found != nullptr) return nullptr;
    found = &option;
  }
  return found;
}

class Reader {
 public:
  Reader(std::span<const ToolOption> options, std::span<const std::string_view> words)
      : options_(options), words_(words) {}

  Result<ToolArguments> run() {
    while (at_ < words_.size()) {
      const std::string_view word = words_[at_++];
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
  Result<void> take(const ToolOption& option, std::optional<std::string_view> attached) {
    if (!attached && option.value == OptionValue::kIfNextWord && at_ < words_.size() && !words_[at_].starts_with('-')) {
      attached = words_[at_++];
    }
    if (option.value == OptionValue::kIfNextWord || option.value == OptionValue::kNone) {
      out_.given[option.letter] = attached.value_or("");
      return {};
    }
    if (!attached && at_ == words_.size()) {
      return fail(Code::kInvalidInput, "option requires an argument -- '" + std::string(1, option.letter) + "'");
    }
    out_.given[option.letter] = attached ? *attached : words_[at_++];
    return {};
  }

  Result<void> take_long(std::string_view body) {
    const size_t equals = body.find('=');
    const ToolOption* option = find_name(options_, body.substr(0, equals));
    if (option == nullptr) return fail(Code::kInvalidInput, "unrecognized option '--" + std::string(body) + "'");
    return take(*option, equals == std::string_view::npos ? std::nullopt : std::optional(body.substr(equals + 1)));
  }

  Result<void> take_cluster(std::string_view letters) {
    while (!letters.empty()) {
      const ToolOption* option = find_letter(options_, letters[0]);
      if (option == nullptr) return fail(Code::kInvalidInput, "invalid option -- '" + std::string(1, letters[0]) + "'");
      letters.remove_prefix(1);
      if (option->value == OptionValue::kRequired) {
        return take(*option, letters.empty() ? std::nullopt : std::optional(letters));
      }
      if (auto done = take(*option, std::nullopt); !done) return done;
    }
    return {};
  }

  std::span<const ToolOption> options_;
  std::span<const std::string_view> words_;
  size_t at_ = 0;
  ToolArguments out_;
};

}  // namespace

std::optional<std::string> ToolArguments::value(char letter) const {
  const auto found = given.find(letter);
  return found == given.end() ? std::nullopt : std::optional(found->second);
}

Result<ToolArguments> read_tool_arguments(std::span<const ToolOption> options,
                                          std::span<const std::string_view> words) {
  return Reader(options, words).run();
}

}  // namespace ferrule::cli

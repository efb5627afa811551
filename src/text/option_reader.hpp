// OptionReader: cuts words into options, as getopt_long(3) with a leading '-' in its option string does: in order, with
// clusters of short options, values in the same word, and long options shortened to a unique prefix.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/instance.hpp"

namespace ferrule::text {

// The matches of a rule in the order of their appearance, and the target, while the rule is being read. Keeps the
// storage of finished rules for the next ones.
class Parts {
 public:
  void clear();
  void add_match(const ext::Extension& extension, Family family);
  void set_target(const ext::Extension& extension, Family family);

  std::span<ext::Instance> matches() { return {matches_.data(), match_count_}; }
  std::span<const ext::Instance> matches() const { return {matches_.data(), match_count_}; }
  ext::Instance* target() { return has_target_ ? &target_ : nullptr; }
  const ext::Instance* target() const { return has_target_ ? &target_ : nullptr; }
  // How many matches there were when the target was set, so that look-ups can go from newest to oldest.
  size_t target_position() const { return target_position_; }

 private:
  std::vector<ext::Instance> matches_;
  size_t match_count_ = 0;
  ext::Instance target_;
  bool has_target_ = false;
  size_t target_position_ = 0;
};

struct Token {
  enum class Kind : uint8_t {
    kWord,       // not an option: `value`
    kGlobal,     // `letter`, and `value` where one was attached or is required
    kExtension,  // option `id` of `instance`
    kUnknown,    // an option nobody knows, or an ambiguous prefix
    kNoValue,    // an option without the argument that it requires
    kEnd,
  };
  Kind kind = Kind::kEnd;
  char letter = 0;
  ext::Instance* instance = nullptr;
  size_t id = 0;
  std::optional<std::string_view> value = {};
  std::string_view long_name = {};  // of a long option, as typed

  // The option as typed, with dashes and without value.
  std::string spelled() const;
};

class OptionReader {
 public:
  OptionReader() = default;
  explicit OptionReader(std::span<const std::string_view> words) : words_(words) {}

  // The next token; long options are looked up among the globals first, then among `parts`, newest first.
  Token next(Parts& parts);
  // How many words stand behind a `--`, which ends the options.
  size_t behind_options() const { return behind_options_; }
  // Goes back to before the last token, for another try after an extension was loaded.
  void again();
  // The next word, if there is one and it does not look like an option or a `!`. Takes it.
  std::optional<std::string_view> take_word();
  // The next word, whatever it is. Takes it.
  std::optional<std::string_view> take_any();

 private:
  Token long_option(std::string_view body, Parts& parts);
  Token short_option();

  std::span<const std::string_view> words_;
  size_t at_ = 0;
  std::string_view cluster_;  // what is left of a word of short options
  size_t last_at_ = 0;
  std::string_view last_cluster_;
  size_t behind_options_ = 0;
};

}  // namespace ferrule::text

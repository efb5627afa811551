// CommandParser: one command line after the other into a Command. The order of the checks is iptables', because the
// first one to fail is the error that a caller sees. Sources: command_parser.cpp (the loop and the checks at its end),
// command_verbs.cpp (-A, -L, … and what follows them), command_options.cpp (everything else that is no extension's).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ferrule/command.hpp"
#include "text/command_line.hpp"
#include "text/global_options.hpp"
#include "text/option_reader.hpp"
#include "text/rule_draft.hpp"

namespace ferrule::text {

// Keeps its storage between lines, so that reading many rules allocates little more than the rules.
class CommandParser {
 public:
  CommandParser(Family family, Names& names) : family_(family), names_(names), draft_(family, names) {}

  // The command stays valid, and may be moved from, until the next call. `words` must live as long.
  Result<Command*> parse(std::span<const std::string_view> words, const CommandContext& context);

 private:
  Result<void> take(const Token& token);
  Result<void> take_word(std::string_view word);
  // An option of the match that `-p` implies: that match is loaded the first time such an option is met.
  Result<void> take_unknown(const Token& token);
  Result<void> take_extension(const Token& token);
  ext::RuleContext rule_context() const;
  Result<void> finish();
  // Whether each option may stand beside each verb.
  Result<void> check_options() const;
  // `-L -Z -n`: what one of the two takes is allowed for both.
  uint32_t combined_options() const;
  Result<void> check_interfaces() const;

  Result<void> set_verb(Verb verb, uint32_t beside = 0);
  Result<void> take_number(std::string_view text);
  // [chain [number]] behind -L, -S and -Z, where everything may be missing.
  Result<void> take_optional_chain(const Token& token);
  Result<void> take_optional_number();
  Result<void> take_new_chain(std::string_view name);
  Result<void> take_verb(const Token& token);

  Result<void> set_option(Given option, uint8_t invert_bit);
  Result<void> take_global(const Token& token);
  // -c PACKETS BYTES or -c PACKETS,BYTES
  Result<void> take_counters(std::string_view value);
  Result<void> take_wait(const Token& token);
  void note(std::optional<std::string> text);
  Result<void> take_family(Family family);
  Result<void> take_help();

  Family family_;
  Names& names_;
  const CommandContext* context_ = nullptr;  // of the current call
  OptionReader reader_;
  Command out_;
  RuleDraft draft_;
  bool invert_ = false;         // a `!` waits for its option
  bool wait_interval_ = false;  // -W was given
};

}  // namespace ferrule::text

// The options that every iptables command has, before any extension: names, letters, and which command takes which.
// Source: iptables(8).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ferrule/command.hpp"

namespace ferrule::text {

// Verbs that come with a rule, as Verb bits.
inline constexpr uint32_t kRuleVerbs = static_cast<uint32_t>(Verb::kInsert) | static_cast<uint32_t>(Verb::kDelete) |
                                       static_cast<uint32_t>(Verb::kReplace) | static_cast<uint32_t>(Verb::kAppend) |
                                       static_cast<uint32_t>(Verb::kCheck);

enum class Takes : uint8_t { kNothing, kWord, kMaybeWord };

struct LongOption {
  std::string_view name;
  char letter;  // '0' for --line-numbers, which has no short form
};

std::span<const LongOption> long_options();
// Those whose name begins with `first`.
std::span<const LongOption> long_options_from(char first);
// What the option takes as getopt(3) sees it, or nullopt for a letter that is none.
std::optional<Takes> takes_of(char letter);

// The letter of a verb, for messages.
char verb_letter(Verb verb);
// The letter of an option, for messages.
char option_letter(Given option);
// The options, as Given bits, that a verb takes.
uint32_t allowed_options(Verb verb);

}  // namespace ferrule::text

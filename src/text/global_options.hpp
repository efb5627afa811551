// The options that every iptables command has, before any extension: names, letters, and which command takes which.
// Source: iptables(8).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ferrule::text {

enum Verb : uint32_t {
  kInsert = 1u << 0,
  kDelete = 1u << 1,
  kDeleteNumber = 1u << 2,
  kReplace = 1u << 3,
  kAppend = 1u << 4,
  kList = 1u << 5,
  kFlush = 1u << 6,
  kZero = 1u << 7,
  kNewChain = 1u << 8,
  kDeleteChain = 1u << 9,
  kSetPolicy = 1u << 10,
  kRenameChain = 1u << 11,
  kListRules = 1u << 12,
  kZeroNumber = 1u << 13,
  kCheck = 1u << 14,
};

// Verbs that come with a rule.
inline constexpr uint32_t kRuleVerbs = kInsert | kDelete | kReplace | kAppend | kCheck;

// Options that are not verbs; as bits, to tell which were given.
enum Global : uint32_t {
  kNumeric = 1u << 0,
  kSource = 1u << 1,
  kDestination = 1u << 2,
  kProtocol = 1u << 3,
  kJump = 1u << 4,
  kVerbose = 1u << 5,
  kExpanded = 1u << 6,  // -x
  kInInterface = 1u << 7,
  kOutInterface = 1u << 8,
  kLineNumbers = 1u << 9,
  kCounters = 1u << 10,
  kFragment = 1u << 11,
};

enum class Takes : uint8_t { kNothing, kWord, kMaybeWord };

struct LongOption {
  std::string_view name;
  char letter;  // '0' for --line-numbers, which has no short form
};

std::span<const LongOption> long_options();
// What the option takes as getopt(3) sees it, or nullopt for a letter that is none.
std::optional<Takes> takes_of(char letter);

// The letter of a verb, for messages.
char verb_letter(Verb verb);
// The letter of an option, for messages.
char option_letter(Global option);
// The options, as Global bits, that a verb takes.
uint32_t allowed_options(Verb verb);

}  // namespace ferrule::text

#include "text/global_options.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace ferrule::text {
namespace {

constexpr std::array kLongOptions = {
    LongOption{"append", 'A'},       LongOption{"delete", 'D'},       LongOption{"check", 'C'},
    LongOption{"insert", 'I'},       LongOption{"replace", 'R'},      LongOption{"list", 'L'},
    LongOption{"list-rules", 'S'},   LongOption{"flush", 'F'},        LongOption{"zero", 'Z'},
    LongOption{"new-chain", 'N'},    LongOption{"delete-chain", 'X'}, LongOption{"rename-chain", 'E'},
    LongOption{"policy", 'P'},       LongOption{"source", 's'},       LongOption{"destination", 'd'},
    LongOption{"src", 's'},          LongOption{"dst", 'd'},          LongOption{"protocol", 'p'},
    LongOption{"in-interface", 'i'}, LongOption{"jump", 'j'},         LongOption{"table", 't'},
    LongOption{"match", 'm'},        LongOption{"numeric", 'n'},      LongOption{"out-interface", 'o'},
    LongOption{"verbose", 'v'},      LongOption{"wait", 'w'},         LongOption{"wait-interval", 'W'},
    LongOption{"exact", 'x'},        LongOption{"fragments", 'f'},    LongOption{"version", 'V'},
    LongOption{"help", 'h'},         LongOption{"line-numbers", '0'}, LongOption{"modprobe", 'M'},
    LongOption{"set-counters", 'c'}, LongOption{"goto", 'g'},         LongOption{"ipv4", '4'},
    LongOption{"ipv6", '6'},
};

constexpr std::string_view kNothingLetters = "fbvnx460V";
constexpr std::string_view kWordLetters = "ACDRIMNEPopsdjitmcg";
constexpr std::string_view kMaybeWordLetters = "LSFZXhwW";

constexpr auto kTakes = [] {
  std::array<std::optional<Takes>, 128> table{};
  for (const char c : kNothingLetters) table[static_cast<size_t>(c)] = Takes::kNothing;
  for (const char c : kWordLetters) table[static_cast<size_t>(c)] = Takes::kWord;
  for (const char c : kMaybeWordLetters) table[static_cast<size_t>(c)] = Takes::kMaybeWord;
  return table;
}();

struct VerbRow {
  Verb verb;
  char letter;
  uint32_t options;
};

constexpr uint32_t bits(std::initializer_list<Given> options) {
  uint32_t out = 0;
  for (const Given option : options) out |= static_cast<uint32_t>(option);
  return out;
}

using enum Given;

constexpr uint32_t kRuleOptions =
    bits({kSource, kDestination, kProtocol, kJump, kVerbose, kInInterface, kOutInterface, kFragment});
constexpr uint32_t kVerboseOnly = bits({kVerbose});

constexpr std::array kVerbs = {
    VerbRow{Verb::kInsert, 'I', kRuleOptions | bits({kCounters})},
    VerbRow{Verb::kDelete, 'D', kRuleOptions},
    VerbRow{Verb::kDeleteNumber, 'D', kVerboseOnly},
    VerbRow{Verb::kReplace, 'R', kRuleOptions | bits({kCounters})},
    VerbRow{Verb::kAppend, 'A', kRuleOptions | bits({kCounters})},
    VerbRow{Verb::kList, 'L', bits({kNumeric, kVerbose, kExact, kLineNumbers})},
    VerbRow{Verb::kFlush, 'F', kVerboseOnly},
    VerbRow{Verb::kZero, 'Z', kVerboseOnly},
    VerbRow{Verb::kNewChain, 'N', kVerboseOnly},
    VerbRow{Verb::kDeleteChain, 'X', kVerboseOnly},
    VerbRow{Verb::kSetPolicy, 'P', bits({kVerbose, kCounters})},
    VerbRow{Verb::kRenameChain, 'E', kVerboseOnly},
    VerbRow{Verb::kListRules, 'S', kVerboseOnly},
    VerbRow{Verb::kZeroNumber, 'Z', kVerboseOnly},
    VerbRow{Verb::kCheck, 'C', kRuleOptions},
};

const VerbRow& row_of(Verb verb) {
  return *std::find_if(kVerbs.begin(), kVerbs.end(), [&](const VerbRow& row) { return row.verb == verb; });
}

}  // namespace

std::span<const LongOption> long_options() { return kLongOptions; }

std::optional<Takes> takes_of(char letter) {
  const auto index = static_cast<unsigned char>(letter);
  return index < kTakes.size() ? kTakes[index] : std::nullopt;
}

char verb_letter(Verb verb) { return row_of(verb).letter; }

char option_letter(Given option) {
  static constexpr std::string_view kLetters = "nsdpjvxio0cf";
  return kLetters[static_cast<size_t>(__builtin_ctz(static_cast<uint32_t>(option)))];
}

uint32_t allowed_options(Verb verb) { return row_of(verb).options; }

}  // namespace ferrule::text

#include "text/global_options.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace ferrule::text {
namespace {

// By name, so that those with one first letter stand together.
constexpr std::array kLongOptions = {
    LongOption{"append", 'A'},       LongOption{"check", 'C'},        LongOption{"delete", 'D'},
    LongOption{"delete-chain", 'X'}, LongOption{"destination", 'd'},  LongOption{"dst", 'd'},
    LongOption{"exact", 'x'},        LongOption{"flush", 'F'},        LongOption{"fragments", 'f'},
    LongOption{"goto", 'g'},         LongOption{"help", 'h'},         LongOption{"in-interface", 'i'},
    LongOption{"insert", 'I'},       LongOption{"ipv4", '4'},         LongOption{"ipv6", '6'},
    LongOption{"jump", 'j'},         LongOption{"line-numbers", '0'}, LongOption{"list", 'L'},
    LongOption{"list-rules", 'S'},   LongOption{"match", 'm'},        LongOption{"modprobe", 'M'},
    LongOption{"new-chain", 'N'},    LongOption{"numeric", 'n'},      LongOption{"out-interface", 'o'},
    LongOption{"policy", 'P'},       LongOption{"protocol", 'p'},     LongOption{"rename-chain", 'E'},
    LongOption{"replace", 'R'},      LongOption{"set-counters", 'c'}, LongOption{"source", 's'},
    LongOption{"src", 's'},          LongOption{"table", 't'},        LongOption{"verbose", 'v'},
    LongOption{"version", 'V'},      LongOption{"wait", 'w'},         LongOption{"wait-interval", 'W'},
    LongOption{"zero", 'Z'},
};

constexpr std::string_view kNothingLetters = "fbvnx460V";
constexpr std::string_view kWordLetters = "ACDRIMNEPopsdjitmcg";
constexpr std::string_view kMaybeWordLetters = "LSFZXhwW";

constexpr auto kTakes = [] {
  std::array<std::optional<Takes>, 128> table{};
  for (const char c : kNothingLetters) table[static_cast<unsigned char>(c)] = Takes::kNothing;
  for (const char c : kWordLetters) table[static_cast<unsigned char>(c)] = Takes::kWord;
  for (const char c : kMaybeWordLetters) table[static_cast<unsigned char>(c)] = Takes::kMaybeWord;
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

std::span<const LongOption> long_options_from(char first) {
  static constexpr auto kFirst = [] {
    std::array<std::array<uint8_t, 2>, 128> ranges{};
    for (size_t i = kLongOptions.size(); i-- > 0;) {
      auto& [begin, end] = ranges[static_cast<unsigned char>(kLongOptions[i].name[0])];
      begin = static_cast<uint8_t>(i);
      if (end == 0) end = static_cast<uint8_t>(i + 1);
    }
    return ranges;
  }();
  const auto index = static_cast<unsigned char>(first);
  if (index >= kFirst.size()) return {};
  const auto [begin, end] = kFirst[index];
  return std::span(kLongOptions).subspan(begin, end - begin);
}

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

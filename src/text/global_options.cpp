#include "text/global_options.hpp"

#include <algorithm>
#include <array>

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

struct VerbRow {
  Verb verb;
  char letter;
  uint32_t options;
};

constexpr uint32_t kSelectors =
    kSource | kDestination | kProtocol | kJump | kVerbose | kInInterface | kOutInterface | kFragment;

constexpr std::array kVerbs = {
    VerbRow{kInsert, 'I', kSelectors | kCounters},
    VerbRow{kDelete, 'D', kSelectors},
    VerbRow{kDeleteNumber, 'D', kVerbose},
    VerbRow{kReplace, 'R', kSelectors | kCounters},
    VerbRow{kAppend, 'A', kSelectors | kCounters},
    VerbRow{kList, 'L', kNumeric | kVerbose | kExpanded | kLineNumbers},
    VerbRow{kFlush, 'F', kVerbose},
    VerbRow{kZero, 'Z', kVerbose},
    VerbRow{kNewChain, 'N', kVerbose},
    VerbRow{kDeleteChain, 'X', kVerbose},
    VerbRow{kSetPolicy, 'P', kVerbose | kCounters},
    VerbRow{kRenameChain, 'E', kVerbose},
    VerbRow{kListRules, 'S', kVerbose},
    VerbRow{kZeroNumber, 'Z', kVerbose},
    VerbRow{kCheck, 'C', kSelectors},
};

const VerbRow& row_of(Verb verb) {
  return *std::find_if(kVerbs.begin(), kVerbs.end(), [&](const VerbRow& row) { return row.verb == verb; });
}

}  // namespace

std::span<const LongOption> long_options() { return kLongOptions; }

std::optional<Takes> takes_of(char letter) {
  if (kNothingLetters.find(letter) != std::string_view::npos) return Takes::kNothing;
  if (kWordLetters.find(letter) != std::string_view::npos) return Takes::kWord;
  if (kMaybeWordLetters.find(letter) != std::string_view::npos) return Takes::kMaybeWord;
  return std::nullopt;
}

char verb_letter(Verb verb) { return row_of(verb).letter; }

char option_letter(Global option) {
  static constexpr std::string_view kLetters = "nsdpjvxio0cf";
  return kLetters[static_cast<size_t>(__builtin_ctz(option))];
}

uint32_t allowed_options(Verb verb) { return row_of(verb).options; }

}  // namespace ferrule::text

// Command: one iptables command line, understood but not carried out. For programs that stand in for iptables; others
// want parse_restore or parse_command of text.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/names.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/transaction.hpp"
#include "ferrule/types.hpp"

#pragma GCC visibility push(default)
namespace ferrule {

// What a command does; as bits, since -Z may stand beside -L or -S. The iptables option is named beside each.
enum class Verb : uint32_t {
  kInsert = 1u << 0,        // -I
  kDelete = 1u << 1,        // -D chain rule
  kDeleteNumber = 1u << 2,  // -D chain number
  kReplace = 1u << 3,       // -R
  kAppend = 1u << 4,        // -A
  kList = 1u << 5,          // -L
  kFlush = 1u << 6,         // -F
  kZero = 1u << 7,          // -Z [chain]
  kNewChain = 1u << 8,      // -N
  kDeleteChain = 1u << 9,   // -X
  kSetPolicy = 1u << 10,    // -P
  kRenameChain = 1u << 11,  // -E
  kListRules = 1u << 12,    // -S
  kZeroNumber = 1u << 13,   // -Z chain number
  kCheck = 1u << 14,        // -C
};

// Options other than verbs, as bits, to tell which were given.
enum class Given : uint32_t {
  kNumeric = 1u << 0,       // -n
  kSource = 1u << 1,        // -s
  kDestination = 1u << 2,   // -d
  kProtocol = 1u << 3,      // -p
  kJump = 1u << 4,          // -j, -g
  kVerbose = 1u << 5,       // -v
  kExact = 1u << 6,         // -x
  kInInterface = 1u << 7,   // -i
  kOutInterface = 1u << 8,  // -o
  kLineNumbers = 1u << 9,   // --line-numbers
  kCounters = 1u << 10,     // -c
  kFragment = 1u << 11,     // -f
};

struct Command {
  uint32_t verbs = 0;  // Verb bits
  uint32_t given = 0;  // Given bits
  std::string table = "filter";
  std::string chain = {};                         // empty where none was given
  bool chain_is_empty_word = false;               // one was given, `""`: there is no such chain
  uint32_t number = 0;                            // of a rule, from 1; 0 where none was given
  std::string new_name = {};                      // -E
  std::string policy = {};                        // -P, as typed
  std::optional<Counters> counters = {};          // -c
  std::vector<Rule> rules = {};                   // one per combination of the -s and -d addresses; rule verbs only
  bool goes = false;                              // -g, not -j
  unsigned verbose = 0;                           // how many -v
  std::optional<uint32_t> wait_seconds = {};      // -w N; 0 for a bare -w
  std::optional<std::string> modprobe = {};       // -M
  bool other_family = false;                      // -4 or -6 for the other family
  bool version = false;                           // -V
  bool help = false;                              // -h
  std::vector<std::string> help_extensions = {};  // whose help -h also shows: matches in order, then the target

  bool has(Verb verb) const { return (verbs & static_cast<uint32_t>(verb)) != 0; }
  bool has(Given option) const { return (given & static_cast<uint32_t>(option)) != 0; }
};

// A line of restore input that prints something: -L, -S, -h or -V, or any command with a -v of its own.
struct PrintingLine {
  uint32_t line = 0;
  Command command = {};  // without its rules
};

// Reads the words behind the program's name. Order, repetition, `!`, abbreviations and implied matches are iptables'.
// Error::message is what iptables prints behind its own name and version; what it says before that, or about options
// that it takes all the same, is appended to `notes`. Thread-safe.
Result<Command> parse_command_line(Family family, std::span<const std::string_view> words,
                                   NameLookup names = NameLookup::kNone, std::vector<std::string>* notes = nullptr);

// The operations that a command's verb stands for, one per rule for the rule verbs, appended to `out`; `line` goes into
// each. Fails for -L and -S, which change nothing, and for a policy that does not exist. Thread-safe.
Result<void> append_operations(Command&& command, uint32_t line, std::vector<Operation>& out);

// The text of `-m NAME --help` or `-j NAME --help`, or empty for a name that is not known. Thread-safe.
std::string extension_help(Family family, std::string_view name);

}  // namespace ferrule
#pragma GCC visibility pop

// CommandLine: one iptables command, or one line of iptables-restore input, understood.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/rule.hpp"
#include "ferrule/transaction.hpp"
#include "ferrule/types.hpp"
#include "names/names.hpp"
#include "text/global_options.hpp"

namespace ferrule::text {

struct CommandLine {
  uint32_t verbs = 0;  // of Verb bits; more than one only for -Z beside -L or -S
  std::string table = "filter";
  std::string chain = {};                     // empty where none was given
  uint32_t number = 0;                        // of a rule, from 1; 0 where none was given
  std::string new_name = {};                  // -E
  std::string policy = {};                    // -P
  std::vector<Rule> rules = {};               // one per combination of the -s and -d addresses; for the rule verbs only
  uint32_t options = 0;                       // Global bits that were given
  unsigned verbose = 0;                       // how many -v
  std::optional<uint32_t> wait_seconds = {};  // -w N; 0 for a bare -w
  std::optional<std::string> modprobe = {};   // -M
  bool other_family = false;                  // -4 or -6 for the other family: a restore line to skip
  bool version = false;                       // -V
  bool help = false;                          // -h
  std::vector<std::string> help_extensions = {};  // whose help -h also shows: matches in order, then the target

  bool has(Verb verb) const { return (verbs & verb) != 0; }
  bool has(Global option) const { return (options & option) != 0; }
};

// Where the words come from: in restore input some options are refused or mean "skip this line".
enum class Source : uint8_t { kArguments, kRestoreLine };

struct CommandContext {
  Family family = Family::ipv4;
  Source source = Source::kArguments;
  std::string_view table = "filter";              // what applies unless -t says otherwise
  std::optional<Counters> counters = {};          // a `[p:b]` prefix
  std::string_view program = "iptables-restore";  // for messages that name it
};

// Reads one command. Order, repetition, `!`, abbreviations and implied matches are iptables'.
Result<CommandLine> parse_command_line(std::span<const std::string_view> words, const CommandContext& context,
                                       Names& names);

// The operations that a command's verb stands for, one per rule for the rule verbs, appended to `out`. Fails for -L and
// -S, which are no change, and for a policy that does not exist.
Result<void> append_operations(CommandLine&& command, uint32_t line, std::vector<Operation>& out);

std::optional<Policy> policy_by_name(std::string_view name);

}  // namespace ferrule::text

// Text: the iptables grammars in, iptables' own text out. No kernel is asked; nothing is read but what NameLookup
// allows.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/names.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"
#include "ferrule/types.hpp"

#pragma GCC visibility push(default)
namespace ferrule {

struct PrintingLine;  // command.hpp

// Whether counters in the text count: `[p:b]` before rules and behind `:CHAIN POLICY`.
enum class CounterUse : uint8_t {
  kIgnore,  // everything starts at zero, as iptables-restore without -c
  kRestore,
};

// What becomes of a rule that uses a match, target or option for which there is no codec here.
enum class UnknownRules : uint8_t {
  kRefuse,       // it is an error (kUnsupported)
  kKeep,         // it is kept as text (Rule::foreign_text), which the exec backend hands to a binary
  kKeepInvalid,  // likewise, and any other rule that is not understood: for text that a program printed itself
};

// How large restore input may be. It may come from other components and from pods; beyond a limit parsing ends with
// kInvalidInput (ErrorKind::kLimitExceeded) that names the line and the limit. The defaults let a kube-proxy's file of
// 200,000 rules pass several times over.
struct ParseLimits {
  size_t bytes = size_t{512} << 20;  // of the text
  size_t line_bytes = size_t{8} << 20;
  size_t tables = 10'000;     // `*TABLE` … COMMIT blocks
  size_t chains = 1'000'000;  // declared by `:CHAIN` and made by -N
  size_t rules = 2'000'000;   // of all lines together
  // That one line becomes by several addresses of -s and -d, which multiply.
  size_t rules_per_line = 4096;

  // For a program that stands in for the iptables tools, which know no limits: only what would exhaust the memory is
  // refused.
  static ParseLimits generous();
};

struct ParseOptions {
  std::string file = {};                   // named in errors
  Existing existing = Existing::kReplace;  // kKeep: as iptables-restore --noflush
  CounterUse counters = CounterUse::kIgnore;
  NameLookup names = NameLookup::kNone;
  std::optional<TableId> only = {};  // leave out all other tables
  ParseLimits limits = {};
  UnknownRules unknown = UnknownRules::kRefuse;
  // Where given, what iptables would say about options that it takes all the same is appended to it, line by line.
  std::vector<std::string>* notes = nullptr;
  // Where given, -L and -S may stand in restore input, and what prints is appended to it, in order. At -h and -V, which
  // end iptables-restore, parsing fails with the last of them.
  std::vector<PrintingLine>* printing = nullptr;
  // Where given, what iptables-nft finds at COMMIT only, a policy other than ACCEPT and DROP or -g to a verdict, is no
  // error: its line says nothing, and the first goes here.
  std::optional<Error>* found_late = nullptr;
};

// Reads iptables-restore input: `*table`, `:CHAIN POLICY [p:b]`, commands, `COMMIT`, comments. Every error is
// kInvalidInput (kUnsupported for a match or target that is not known here) and has file, line and, where it is about
// one, the option. Thread-safe.
Result<Transaction> parse_restore(Family family, std::string_view text, const ParseOptions& options = {});

// Reads one iptables command without the program's name, e.g. {"-t", "nat", "-A", "PREROUTING", "-j", "RETURN"}.
// Commands that change nothing (-L, -S) are kInvalidInput here. `options.existing` and `only` do not apply.
// Thread-safe.
Result<Transaction> parse_command(Family family, std::span<const std::string_view> words,
                                  const ParseOptions& options = {});

// The changes to one family as iptables-restore input, a `*table … COMMIT` block each; empty where there are none.
// Whether what was there before survives (TableChange::existing) is no part of the text. kUnsupported, with the line,
// for what such text cannot say: a match or target that nobody here knows, names or strings with a line break in them.
// Thread-safe.
Result<std::string> to_restore_text(const Transaction& transaction, Family family);

struct SaveOptions {
  bool counters = false;                  // `[p:b]` before each rule, as iptables-save -c
  NameLookup names = NameLookup::kNone;   // kFiles prints protocols as iptables-save does
  std::string program = "iptables-save";  // in the comment above each table
  std::string version = "v1.8.9";         // likewise, e.g. "v1.8.9 (nf_tables)"
  std::string time = {};                  // likewise, as ctime(3) writes it; empty leaves the comment lines out
};

// The text that iptables-save prints. Thread-safe.
std::string to_save_text(const Ruleset& ruleset, const SaveOptions& options = {});

// The same in pieces of some 64 KiB, handed to `sink` in order, for rulesets whose text is not wanted in one string.
void write_save_text(const Ruleset& ruleset, const SaveOptions& options,
                     const std::function<void(std::string_view)>& sink);

enum class NumberForm : uint8_t {
  kNames,    // hosts, networks, services and protocols by name, as far as NameLookup allows
  kNumeric,  // iptables -n
};

// How a match that has nothing to say but its name (eui64) is listed: iptables-legacy prints the name, iptables-nft
// nothing.
enum class BareMatch : uint8_t { kName, kNothing };

struct ListOptions {
  std::string_view chain = {};  // only this one; empty for all
  uint32_t number = 0;          // only this rule of `chain`; 0 for all
  NumberForm form = NumberForm::kNames;
  NameLookup names = NameLookup::kNone;
  unsigned verbose = 0;       // 1: counters and interfaces, as iptables -v
  bool exact = false;         // -x: counters in full
  bool line_numbers = false;  // --line-numbers
  BareMatch bare_match = BareMatch::kName;
};

// The text of `iptables -L`. Thread-safe.
std::string to_list_text(const Table& table, const ListOptions& options = {});

// The text of `iptables -S`; of `options`, chain, number, names and verbose apply. Thread-safe.
std::string to_rules_text(const Table& table, const ListOptions& options = {});

// The line, with its newline, that `iptables -v` prints for a rule that it adds or removes. Thread-safe.
std::string to_verbose_text(const Rule& rule, NameLookup names = NameLookup::kNone,
                            BareMatch bare_match = BareMatch::kName);

// One rule as iptables-save prints it, from `-A CHAIN` on, without a newline. Thread-safe.
std::string to_rule_text(const Rule& rule, std::string_view chain, NameLookup names = NameLookup::kNone);

}  // namespace ferrule
#pragma GCC visibility pop

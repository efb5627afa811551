// parse_restore and parse_command: text → Transaction.
#include <algorithm>
#include <utility>

#include "ferrule/command.hpp"
#include "ferrule/text.hpp"
#include "text/command_line.hpp"
#include "text/command_parser.hpp"
#include "text/counter_number.hpp"
#include "text/foreign_rule.hpp"
#include "text/global_options.hpp"
#include "text/words.hpp"

namespace ferrule {
namespace {

using text::CommandContext;
using text::WordSplitter;

// "[packets:bytes", and `text` from there on.
std::optional<Counters> take_counters(std::string_view& text) {
  if (!text.starts_with('[')) return std::nullopt;
  std::string_view rest = text.substr(1);
  const auto packets = text::take_counter(rest);
  if (!packets || !rest.starts_with(':')) return std::nullopt;
  rest.remove_prefix(1);
  const auto bytes = text::take_counter(rest);
  if (!bytes) return std::nullopt;
  text = rest;
  return Counters{.packets = *packets, .bytes = *bytes};
}

// "[packets:bytes]"
std::optional<Counters> parse_counters(std::string_view text) {
  const auto counters = take_counters(text);
  return text == "]" ? counters : std::nullopt;
}

// The same behind a policy, where iptables-restore does not look at what comes then.
std::optional<Counters> parse_policy_counters(std::string_view text) { return take_counters(text); }

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view next_word(std::string_view& rest) {
  size_t begin = 0;
  while (begin < rest.size() && is_blank(rest[begin])) ++begin;
  size_t end = begin;
  while (end < rest.size() && !is_blank(rest[end])) ++end;
  const std::string_view word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return word;
}

// How many operations the table at the beginning of `text` may have: no more than it has lines.
size_t expected_operations(std::string_view text) {
  constexpr size_t kShortLine = 16;  // so that what nobody writes, a million empty lines, takes no memory
  size_t lines = 0;
  size_t at = 0;
  while (at < text.size() && !text.substr(at).starts_with("COMMIT")) {
    ++lines;
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  return std::min(lines, at / kShortLine + 1);
}

class RestoreParser {
 public:
  RestoreParser(Family family, const ParseOptions& options)
      : family_(family), options_(options), names_(options.names), parser_(family, names_) {}

  Result<Transaction> run(std::string_view text) {
    rest_ = text;
    if (text.size() > options_.limits.bytes) {
      line_ = 1;
      return tl::unexpected(located(beyond("bytes", options_.limits.bytes).value()));
    }
    while (!rest_.empty()) {
      const size_t newline = rest_.find('\n');
      const std::string_view line = rest_.substr(0, newline);
      rest_.remove_prefix(newline == std::string_view::npos ? rest_.size() : newline + 1);
      ++line_;
      if (auto done = take_line(line); !done) return tl::unexpected(located(std::move(done.error())));
    }
    if (open_) {
      ++line_;
      return tl::unexpected(located({Code::kInvalidInput, "COMMIT expected at line " + std::to_string(line_)}));
    }
    return std::move(out_);
  }

 private:
  Error located(Error error) const {
    error.origin.file = options_.file;
    error.origin.line = line_;
    if (error.table.empty() && open_) error.table = table_name(change_.table);
    return error;
  }

  static tl::unexpected<Error> beyond(const char* what, size_t limit) {
    return tl::unexpected(Error{.code = Code::kInvalidInput,
                                .message = std::string("the input has more ") + what + " than the " +
                                           std::to_string(limit) + " that are allowed (ParseOptions::limits)",
                                .kind = ErrorKind::kLimitExceeded});
  }

  // Counts what the operations from `first` on add.
  Result<void> count_operations(size_t first) {
    for (size_t i = first; i < change_.operations.size(); ++i) {
      const Operation& operation = change_.operations[i];
      if (operation.rule) ++rules_;
      const bool makes_chain =
          operation.kind == Operation::Kind::declare_chain || operation.kind == Operation::Kind::new_chain;
      if (makes_chain) ++chains_;
    }
    if (rules_ > options_.limits.rules) return beyond("rules", options_.limits.rules);
    if (chains_ > options_.limits.chains) return beyond("chains", options_.limits.chains);
    return {};
  }

  Result<void> take_line(std::string_view line) {
    if (line.size() > options_.limits.line_bytes) return beyond("bytes in one line", options_.limits.line_bytes);
    if (line.empty() || line.front() == '#') return {};
    if (left_out_) {
      if (line.front() != '*') return {};
      left_out_ = false;
    }
    if (open_ && line == "COMMIT") {
      change_.commit_line = line_;
      out_.changes.push_back(std::move(change_));
      change_ = {};
      open_ = false;
      return {};
    }
    if (!open_) {
      if (line.front() == '*') return open_table(line.substr(1));
      return fail(Code::kInvalidInput, "expected `*TABLE` here, not `" + std::string(line.substr(0, 40)) + "'");
    }
    const size_t before = change_.operations.size();
    auto taken = line.front() == ':' ? declare_chain(line.substr(1)) : take_command(line);
    return taken ? count_operations(before) : taken;
  }

  Result<void> open_table(std::string_view rest) {
    const std::string_view name = next_word(rest);
    if (name.empty()) return fail(Code::kInvalidInput, "table name invalid");
    if (++tables_ > options_.limits.tables) return beyond("tables", options_.limits.tables);
    const auto table = table_by_name(name);
    if (!table) return fail(Code::kInvalidInput, "table name '" + std::string(name) + "' invalid");
    if (options_.only && *options_.only != *table) {
      left_out_ = true;
      return {};
    }
    change_ = TableChange{.family = family_, .table = *table, .existing = options_.existing, .file = options_.file};
    change_.operations.reserve(expected_operations(rest_));
    open_ = true;
    return {};
  }

  // :CHAIN POLICY [packets:bytes]
  Result<void> declare_chain(std::string_view rest) {
    const std::string_view name = next_word(rest);
    if (name.empty() || name.find('\0') != std::string_view::npos) {
      return fail(Code::kInvalidInput, "chain name invalid");
    }
    if (!ChainName::fits(name)) {
      return fail(Code::kInvalidInput, "Invalid chain name `" + std::string(name) + "' (28 chars max)");
    }
    const std::string_view policy = next_word(rest);
    if (policy.empty()) return fail(Code::kInvalidInput, "policy invalid");
    Operation operation = Operation::declare_chain(ChainName(name), {}, Counters{}).at_line(line_);
    // What stands behind a user chain's name says nothing.
    if (!is_base_chain(change_.table, name)) {
      change_.operations.push_back(std::move(operation));
      return {};
    }
    const bool restores = options_.counters == CounterUse::kRestore;
    if (policy == "-") {
      if (restores) operation.counters = parse_policy_counters(next_word(rest)).value_or(Counters{});
    } else {
      if (restores) {
        operation.counters = parse_policy_counters(next_word(rest));
        if (!operation.counters) {
          return fail(Code::kInvalidInput, "invalid policy counters for chain '" + std::string(name) + "'");
        }
      }
      operation.policy = text::policy_by_name(policy);
      if (!operation.policy) {
        return refuse_late("Can't set policy `" + std::string(policy) + "' on `" + std::string(name) + "' line " +
                           std::to_string(line_) + ": Bad policy name");
      }
    }
    change_.operations.push_back(std::move(operation));
    return {};
  }

  Result<void> take_command(std::string_view line) {
    CommandContext context{.source = text::Source::kRestoreLine,
                           .table = table_name(change_.table),
                           .program = family_ == Family::ipv4 ? "iptables-restore" : "ip6tables-restore",
                           .notes = options_.notes,
                           .rules_per_line = options_.limits.rules_per_line};
    if (line.front() == '[') {
      const size_t end = line.find(']');
      if (end == std::string_view::npos) {
        return fail(Code::kInvalidInput, "Bad line " + std::to_string(line_) + ": need ]");
      }
      const auto counters = parse_counters(line.substr(0, end + 1));
      if (!counters) return fail(Code::kInvalidInput, "Bad line " + std::to_string(line_) + ": need [packets:bytes]");
      if (options_.counters == CounterUse::kRestore) context.counters = counters;
      line.remove_prefix(end + 1);
    }
    auto words = splitter_.split(line, context.counters ? text::kMaxWordsWithCounters : text::kMaxWords);
    if (!words) return tl::unexpected(words.error());
    auto command = parser_.parse(**words, context);
    if (!command) {
      if (is_about_goto(command.error())) return refuse_late(command.error().message);
      auto kept = text::keep_as_text(**words, family_, context, options_.unknown, command.error());
      if (!kept) return tl::unexpected(command.error());
      return append_operations(std::move(*kept), line_, change_.operations);
    }
    if ((*command)->other_family && !stands_without_rule(**command)) return {};
    if (options_.printing != nullptr && note_printing(**command)) return {};
    if ((*command)->has(Verb::kSetPolicy) && !text::policy_by_name((*command)->policy)) {
      return refuse_late("Bad policy name");
    }
    return append_operations(std::move(**command), line_, change_.operations);
  }

  // -4 or -6 for the other family ends the reading of the line: rules are passed over, but what stood before it and is
  // about no rule is carried out.
  static bool stands_without_rule(const Command& command) {
    return command.verbs != 0 && (command.verbs & text::kRuleVerbs) == 0;
  }

  static bool is_about_goto(const Error& error) {
    return error.message.starts_with("goto '") && error.message.ends_with("' is not a chain");
  }

  Result<void> refuse_late(std::string message) {
    if (options_.found_late == nullptr) return fail(Code::kInvalidInput, std::move(message));
    if (!*options_.found_late) *options_.found_late = located({Code::kInvalidInput, std::move(message)});
    return {};
  }

  // Whether nothing is left of the command but what it prints.
  bool note_printing(Command& command) {
    constexpr uint32_t kLists = static_cast<uint32_t>(Verb::kList) | static_cast<uint32_t>(Verb::kListRules);
    const bool ends = command.help || command.version;
    const uint32_t lists = command.verbs & kLists;
    if (!ends && lists == 0 && command.verbose == 0) return false;
    std::vector<Rule> rules = std::exchange(command.rules, {});
    options_.printing->push_back({.line = line_, .command = command});
    command.rules = std::move(rules);
    command.verbs &= ~kLists;
    return !ends && command.verbs == 0;
  }

  Family family_;
  const ParseOptions& options_;
  Names names_;
  WordSplitter splitter_;
  text::CommandParser parser_;
  Transaction out_;
  TableChange change_;
  std::string_view rest_;  // of the text
  bool open_ = false;      // inside `*table … COMMIT`
  bool left_out_ = false;  // inside a table that is not wanted: none of its lines is read
  uint32_t line_ = 0;
  // So far, for the limits.
  size_t tables_ = 0;
  size_t chains_ = 0;
  size_t rules_ = 0;
};

}  // namespace

ParseLimits ParseLimits::generous() {
  return {.bytes = SIZE_MAX,
          .line_bytes = SIZE_MAX,
          .tables = SIZE_MAX,
          .chains = 20'000'000,
          .rules = 20'000'000,
          .rules_per_line = size_t{1} << 18};
}

Result<Transaction> parse_restore(Family family, std::string_view text, const ParseOptions& options) {
  return RestoreParser(family, options).run(text);
}

Result<Transaction> parse_command(Family family, std::span<const std::string_view> words, const ParseOptions& options) {
  const auto parsed = [&]() -> Result<Transaction> {
    auto command = parse_command_line(family, words, options.names, options.notes);
    if (!command) {
      auto kept = text::keep_as_text(words, family, {}, options.unknown, command.error());
      if (!kept) return tl::unexpected(command.error());
      command = *std::move(kept);
    }
    const auto table = table_by_name(command->table);
    if (!table) return fail(Code::kNotFound, "table '" + command->table + "' does not exist");
    Transaction out;
    out.changes.push_back(TableChange{.family = family, .table = *table, .file = options.file});
    if (auto done = append_operations(std::move(*command), 0, out.changes.back().operations); !done) {
      return tl::unexpected(done.error());
    }
    return out;
  }();
  if (parsed) return parsed;
  Error error = parsed.error();
  error.origin.file = options.file;
  return tl::unexpected(std::move(error));
}

}  // namespace ferrule

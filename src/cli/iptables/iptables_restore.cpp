// iptables-restore and ip6tables-restore. As there, each table is committed at its COMMIT, so that what stands before a
// line that is wrong has taken effect.

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ferrule/command.hpp"
#include "ferrule/engine.hpp"
#include "ferrule/text.hpp"
#include "general_help.hpp"
#include "iptables/dump/legacy_dump.hpp"
#include "iptables/dump/restore_dump.hpp"
#include "iptables/legacy_table.hpp"
#include "iptables/restore_arguments.hpp"
#include "iptables/restore_emptying.hpp"
#include "iptables/restore_lines.hpp"
#include "iptables/restore_verbose.hpp"
#include "iptables/stand_in.hpp"
#include "iptables/stand_in_arguments.hpp"
#include "iptables/stand_in_input.hpp"
#include "iptables/steady_choice.hpp"
#include "iptables/voice.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

class Restore {
 public:
  Restore(const Voice& voice, const SteadyChoice& choice, const Context& context, const ToolArguments& arguments,
          ToolInput& input)
      : voice_(voice),
        choice_(choice),
        context_(context),
        arguments_(arguments),
        engine_(stand_in_options(choice.backend)),
        input_(input) {}

  int run() {
    ParseOptions options{.existing = arguments_.has('n') ? Existing::kKeep : Existing::kReplace,
                         .counters = arguments_.has('c') ? CounterUse::kRestore : CounterUse::kIgnore,
                         .names = context_.names,
                         .limits = ParseLimits::generous(),
                         .unknown = UnknownRules::kKeep,
                         .notes = &notes_,
                         .printing = &printing_,
                         .found_late = is_nft() ? &found_late_ : nullptr};
    if (arguments_.has('v')) comments_ = Comments(input_.text());
    if (const auto name = arguments_.value('T')) {
      options.only = table_by_name(*name);
      // No table of the input is called so.
      if (!options.only && is_nft()) return 0;
      // Legacy takes the lock for each table, also for one that it passes over.
      if (!is_nft() && Comments(input_.text()).next_table() != 0 && Voice::lock_is_out_of_reach()) return 4;
      if (!options.only) return 0;
    }
    auto parsed = parse_restore(voice_.identity().family, input_.text(), options);
    Voice::notes(notes_);
    options.notes = nullptr;
    if (found_late_ && !arguments_.has('t')) {
      if (parsed || commit_line(input_.text(), found_late_->origin.line) < parsed.error().origin.line) {
        return stop_at(*found_late_, options);
      }
    }
    if (parsed) {
      const auto refused = is_nft() ? std::nullopt : refused_policy(*parsed);
      if (refused) return stop_at(*refused, options);
      // Of a large table the text would be a tenth of all that stands in memory.
      if (!arguments_.has('v')) input_.forget();
      const int status = commit(*std::move(parsed));
      if (status == 0) tell_comments(Comments::kAll);
      return status;
    }
    return stop_at(parsed.error(), options);
  }

 private:
  bool is_nft() const { return choice_.backend == BackendKind::nft; }

  // Carries out what stands before the line that is wrong.
  int stop_at(const Error& error, const ParseOptions& options) {
    const unsigned line = error.origin.line;
    const Before before = before_line(input_.text(), line);
    const auto ending = ending_at(line);
    forget_printing();
    auto committed = parse_restore(voice_.identity().family, before.committed, options);
    if (committed) {
      if (const int status = commit(*std::move(committed)); status != 0) return status;
    }
    if (is_out_of_reach(error, ending)) return voice_.out_of_reach(error.table, table_line(input_.text(), line));
    if (const auto unknown = unknown_within(before)) {
      return voice_.restore_failure(*unknown, unknown->origin.line);
    }
    if (!is_nft() || Voice::is_about_policy(error) || Voice::is_about_goto(error)) {
      forget_printing();
      if (const auto status = stop_within(before, options, line)) return *status;
    }
    tell_comments(line);
    if (ending) {
      print_help_or_version(voice_, *ending);
      return 0;
    }
    return voice_.restore_failure(error, is_nft() ? commit_line(input_.text(), line) : line);
  }

  // Legacy takes the lock and reads the table before anything can be wrong with its rules; iptables-nft asks the kernel
  // when it comes to a policy.
  bool is_out_of_reach(const Error& error, const std::optional<Command>& ending) {
    const auto table = table_by_name(error.table);
    if (!table) return false;
    const Family family = voice_.identity().family;
    if (!is_nft()) return !Voice::can_open_lock() || !may_ask_for_legacy_tables(family);
    if (ending || !(Voice::is_about_policy(error) || Voice::is_about_goto(error))) return false;
    const auto read = engine_.snapshot(context_, family, *table);
    return !read && read.error().code == Code::kPermission;
  }

  // Legacy edits its copy of the table line by line, and so finds first, and says, what stands before line `line`.
  // iptables-nft comes to policies when it carries out the table.
  std::optional<int> stop_within(const Before& before, const ParseOptions& options, unsigned line) {
    auto begun = parse_restore(voice_.identity().family, std::string(before.begun) + "\nCOMMIT\n", options);
    if (!begun || begun->changes.empty()) return std::nullopt;
    TableChange& change = begun->changes.front();
    for (Operation& operation : change.operations) operation.line += lines_in(before.committed);
    for (PrintingLine& printing : printing_) printing.line += lines_in(before.committed);
    change.commit_line = is_nft() ? commit_line(input_.text(), line) : line;
    if (const int status = announce(*begun); status != 0) return status;
    const auto refused = is_nft() ? std::nullopt : refused_policy(*begun);
    const auto done = engine_.check(context_, *begun);
    const unsigned earlier = done || done.error().origin.line >= line ? 0 : done.error().origin.line;
    if (refused && (earlier == 0 || refused->origin.line < earlier)) return report(*refused, line);
    if (earlier != 0) return report(done.error(), change.commit_line);
    return std::nullopt;
  }

  // The -h or -V at which parsing stopped.
  std::optional<Command> ending_at(unsigned line) const {
    if (printing_.empty() || printing_.back().line != line) return std::nullopt;
    const Command& command = printing_.back().command;
    return command.help || command.version ? std::optional(command) : std::nullopt;
  }

  // -v shows comments as they are passed.
  void tell_comments(unsigned up_to) {
    if (!arguments_.has('v')) return;
    say("{}", comments_.up_to(up_to));
  }

  int report(const Error& error, unsigned commit_line) const {
    if (error.code == Code::kPermission && !Voice::is_from_kernel(error)) {
      // With --test, iptables-nft-restore asks for the first time where it would commit.
      if (is_nft() && arguments_.has('t')) {
        complain("{}: line {} failed: Permission denied (you must be root).\n", voice_.program(), commit_line);
        return 1;
      }
      return voice_.out_of_reach(error.table, table_line(input_.text(), commit_line));
    }
    const unsigned line = error.origin.line;
    if (line_at(line).starts_with(':')) return voice_.chain_failure(error);
    return voice_.restore_failure(error, commit_line, leads_of(line));
  }

  // The first `:CHAIN POLICY` line that gives a user chain a policy, which legacy takes amiss.
  std::optional<Error> refused_policy(const Transaction& transaction) const {
    Lines lines(input_.text());
    for (const TableChange& change : transaction.changes) {
      for (const Operation& operation : change.operations) {
        if (operation.kind != Operation::Kind::declare_chain) continue;
        if (is_base_chain(change.table, operation.chain.view())) continue;
        const unsigned line = operation.line;
        const std::string_view policy = second_word(lines.at(line).substr(1));
        if (policy == "-") continue;
        Error error{Code::kInvalidInput, fmt::format("Can't set policy `{}' on `{}' line {}: Bad built-in chain name",
                                                     policy, operation.chain.view(), line)};
        error.origin.line = line;
        return error;
      }
    }
    return std::nullopt;
  }

  int commit(Transaction transaction) {
    for (TableChange& change : transaction.changes) {
      const unsigned commit_line = change.commit_line;
      const TableId table = change.table;
      Transaction one;
      one.changes.push_back(std::move(change));
      if (!is_nft() && !may_ask_for_legacy_tables(voice_.identity().family)) {
        return voice_.out_of_reach(table_name(table), table_line(input_.text(), commit_line));
      }
      if (const auto unknown = unknown_before_listing(one)) {
        return voice_.restore_failure(*unknown, unknown->origin.line);
      }
      if (const int status = announce(one); status != 0) return status;
      const bool chain_by_chain = is_nft() && tells_all() && !arguments_.has('t');
      if (chain_by_chain) empty_chain_by_chain(one.changes.front(), std::exchange(chains_before_, {}));
      say("{}", dump_.batch_sent(engine_, context_, one));
      const auto done = arguments_.has('t') ? try_out(one) : carry_out(std::move(one));
      if (!done) {
        if (const auto unknown = what_is_unknown_here(done.error())) {
          return voice_.restore_failure(*unknown, unknown->origin.line);
        }
        Error error = done.error();
        error.table = table_name(table);
        return report(error, commit_line);
      }
      if (!arguments_.has('t')) remember_once();
    }
    return 0;
  }

  void remember_once() {
    if (!std::exchange(remembered_, true)) remember(choice_);
  }

  Result<void> carry_out(Transaction&& one) const {
    const auto applied = engine_.apply(context_, std::move(one));
    if (!applied) return tl::unexpected(applied.error());
    return {};
  }

  Result<void> try_out(const Transaction& one) const {
    return is_nft() ? try_out_by_reading(one) : try_out_with_kernel(one);
  }

  Result<void> try_out_with_kernel(const Transaction& one) const {
    const auto checked = engine_.check(context_, one);
    // What the kernel has of matches and targets, nobody would ask it yet.
    if (!checked && checked.error().message.starts_with("this kernel does not have ")) return {};
    if (!checked) return tl::unexpected(checked.error());
    return {};
  }

  // iptables-nft does not ask the kernel whether it would take the rules.
  Result<void> try_out_by_reading(const Transaction& one) const {
    const auto draft = engine_.draft(context_, one);
    if (draft) return {};
    // Of rules that only a binary can write there is no draft.
    const auto done = draft.error().code == Code::kUnsupported ? try_out_with_kernel(one)
                                                               : Result<void>(tl::unexpected(draft.error()));
    if (!done && !Voice::is_found_by_reading(done.error())) return {};
    return done;
  }

  std::optional<Error> unknown_within(const Before& before) const {
    if (!is_nft()) return std::nullopt;
    std::vector<PrintingLine> printing;
    std::optional<Error> found_late;
    const auto begun = parse_restore(voice_.identity().family, std::string(before.begun) + "\nCOMMIT\n",
                                     {.existing = Existing::kKeep,
                                      .names = context_.names,
                                      .limits = ParseLimits::generous(),
                                      .unknown = UnknownRules::kKeep,
                                      .printing = &printing,
                                      .found_late = &found_late});
    return begun && !begun->changes.empty() ? unknown_in(*begun) : std::nullopt;
  }

  // iptables-nft reads all of a table before it lists anything.
  std::optional<Error> unknown_before_listing(const Transaction& one) const {
    const TableChange& change = one.changes.front();
    const bool lists = printed_ < printing_.size() && printing_[printed_].line < change.commit_line;
    return is_nft() && lists ? unknown_in(one) : std::nullopt;
  }

  std::optional<Error> unknown_in(const Transaction& one) const {
    const TableChange& change = one.changes.front();
    const bool known = std::ranges::none_of(
        change.operations, [](const Operation& operation) { return operation.rule && operation.rule->foreign_text(); });
    if (known) return std::nullopt;
    const auto checked = engine_.check(context_, one);
    return checked ? std::nullopt : what_is_unknown_here(checked.error());
  }

  // A rule that no binary could write either: what iptables says of an extension that it does not have.
  std::optional<Error> what_is_unknown_here(const Error& error) const {
    if (error.code != Code::kUnsupported) return std::nullopt;
    std::vector<PrintingLine> printing;
    const auto parsed =
        parse_restore(voice_.identity().family, input_.text(),
                      {.names = context_.names, .limits = ParseLimits::generous(), .printing = &printing});
    if (parsed || parsed.error().code != Code::kUnsupported) return std::nullopt;
    return parsed.error();
  }

  static bool is_dumped(const Speech& speech) {
    if (speech.verbose > 1) return true;
    return std::ranges::any_of(speech.printing,
                               [&](const PrintingLine& line) { return speech.verbose + line.command.verbose > 1; });
  }

  // Of all lines.
  unsigned verbosity() const {
    return arguments_.has('n') ? 0 : static_cast<unsigned>(arguments_.value('v').value_or("").size());
  }
  bool tells_all() const { return verbosity() != 0; }

  // With --noflush nothing is said of all lines but the comments, and by iptables-nft nothing with --test.
  int announce(const Transaction& one) {
    const TableChange& change = one.changes.front();
    if (is_nft() || arguments_.has('n')) tell_comments(change.commit_line);
    if (is_nft() && arguments_.has('t')) return 0;
    Speech speech{.backend = choice_.backend, .verbose = verbosity()};
    speech.printing = printing_before(change.commit_line);
    if (is_nft()) say("{}", dump_.rules_read(change, speech.printing));
    if (speech.verbose == 0 && speech.printing.empty()) return 0;
    const auto before = engine_.snapshot(context_, change.family, change.table);
    if (!before) return report(before.error(), change.commit_line);
    if (const auto error = failure_while_reading(one)) {
      speech.fails_at = error->origin.line;
      speech.fails_on_target = Voice::is_about_target(*error);
    }
    std::string dump;
    if (!is_nft() && is_dumped(speech)) dump = legacy_dump(change.family, change.table);
    speech.dump = dump;
    const Table nothing{.id = change.table};
    const Table* table = before->find(change.table);
    chains_before_ = table != nullptr ? table->chains : std::vector<Chain>();
    const Said said = say_restore(change, table != nullptr ? *table : nothing, speech, comments_);
    say("{}", said.text);
    return stopped_listing(said, change.table);
  }

  // What goes wrong before the kernel is told to change anything.
  std::optional<Error> failure_while_reading(const Transaction& one) const {
    Error error;
    if (is_nft()) {
      if (const auto draft = engine_.draft(context_, one); !draft) error = draft.error();
    } else {
      if (const auto checked = engine_.check(context_, one); !checked) error = checked.error();
    }
    return error.origin.line == 0 ? std::nullopt : std::optional(std::move(error));
  }

  void forget_printing() {
    printing_.clear();
    printed_ = 0;
  }

  // Hands out those that come before a COMMIT, once.
  std::span<const PrintingLine> printing_before(unsigned commit_line) {
    const size_t first = std::exchange(
        printed_, static_cast<size_t>(std::ranges::lower_bound(printing_, commit_line, {}, &PrintingLine::line) -
                                      printing_.begin()));
    return std::span(printing_).subspan(first, printed_ - first);
  }

  int stopped_listing(const Said& said, TableId table) const {
    switch (said.end) {
      case Said::End::kAll:
        return 0;
      case Said::End::kPendingJump:
        complain("Can't find library for target `{}'\n", said.chain);
        return 1;
      default:
        break;
    }
    if (is_nft()) return voice_.incompatible(table_name(table), said.chain);
    Error error{Code::kNotFound, "No chain/target/match by that name"};
    error.origin.line = said.line;
    return voice_.restore_failure(error, said.line);
  }

  std::string_view line_at(unsigned line) const { return Lines(input_.text()).at(line); }

  Leads leads_of(unsigned line) const {
    const std::string_view words = line_at(line);
    for (const std::string_view option : {" -g ", " --goto "}) {
      if (words.find(option) != std::string_view::npos) return Leads::kByGoto;
    }
    return Leads::kByJump;
  }

  const Voice& voice_;
  const SteadyChoice& choice_;
  const Context& context_;
  const ToolArguments& arguments_;
  Engine engine_;
  ToolInput& input_;
  Comments comments_;
  std::vector<std::string> notes_;
  bool remembered_ = false;
  std::vector<PrintingLine> printing_;
  size_t printed_ = 0;  // of these
  std::optional<Error> found_late_;
  std::vector<Chain> chains_before_;
  RestoreDump dump_{verbosity()};  // of nf_tables
};

}  // namespace

int run_restore(const Identity& identity, std::span<const std::string_view> words) {
  Context context = stand_in_context();
  auto choice = choose_steadily(identity, context);
  if (!choice) {
    complain("{}: {}\n", identity.called, to_string(choice.error()));
    return 1;
  }
  const Voice voice(identity, choice->backend);
  const ToolArguments arguments = read_restore_arguments(voice, words, context);
  if (arguments.ended) return *arguments.ended;
  auto input = ToolInput::open(arguments.files);
  if (!input) {
    complain("{}\n", input.error().message);
    return 1;
  }
  return Restore(voice, *choice, context, arguments, *input).run();
}

}  // namespace ferrule::cli

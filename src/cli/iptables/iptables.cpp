// iptables and ip6tables.

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include "ferrule/command.hpp"
#include "ferrule/engine.hpp"
#include "ferrule/text.hpp"
#include "general_help.hpp"
#include "iptables/dump/legacy_dump.hpp"
#include "iptables/dump/nft_dump.hpp"
#include "iptables/left_out.hpp"
#include "iptables/legacy_table.hpp"
#include "iptables/rule_in_words.hpp"
#include "iptables/stand_in.hpp"
#include "iptables/steady_choice.hpp"
#include "iptables/voice.hpp"
#include "say.hpp"

namespace ferrule::cli {
namespace {

constexpr uint32_t kListVerbs = static_cast<uint32_t>(Verb::kList) | static_cast<uint32_t>(Verb::kListRules);

class IptablesCommand {
 public:
  IptablesCommand(Voice voice, SteadyChoice choice, Context context, Command command)
      : voice_(std::move(voice)),
        choice_(std::move(choice)),
        context_(std::move(context)),
        command_(std::move(command)),
        engine_(stand_in_options(voice_.backend())) {}

  int run() {
    if (command_.version || command_.help) {
      print_help_or_version(voice_, command_);
      return 0;
    }
    const auto table = table_by_name(command_.table);
    if (!table) return voice_.no_table(command_.table);
    table_ = *table;
    if (command_.verbose < 2) return carry_out();
    if (is_nft()) {
      dumped_ = nft_operations_of(command_);
      dump_.emplace(NftPlace{voice_.identity().family, table_}, command_.verbose, nft_reading_of(command_));
      say("{}", dump_->rules_read());
      return carry_out();
    }
    const std::string before = legacy_dump(voice_.identity().family, table_);
    const int status = carry_out();
    if (status <= 1) say("{}", before);
    return status;
  }

 private:
  bool is_nft() const { return voice_.backend() == BackendKind::nft; }

  int carry_out() {
    if ((command_.verbs & kListVerbs) != 0) {
      if (const int status = list(); status != 0) return status;
      command_.verbs &= ~kListVerbs;
      if (command_.verbs == 0) return 0;
      if (is_nft() && command_.has(Verb::kZero)) return zero_what_was_listed();
    }
    return change();
  }

  // Of that chain, or of all of them where the name is empty.
  Result<Table> read_table(std::string_view chain) {
    const Family family = voice_.identity().family;
    if (!chain.empty() && ChainName::fits(chain)) return engine_.chain(context_, family, table_, ChainName(chain));
    auto ruleset = engine_.snapshot(context_, family, table_);
    if (!ruleset) return tl::unexpected(ruleset.error());
    if (ruleset->tables.empty()) return Table{.id = table_};
    return std::move(ruleset->tables.front());
  }

  bool exists_in_kernel() const {
    const auto inspection = engine_.inspect(context_);
    if (!inspection) return true;
    return std::ranges::any_of(inspection->facts.of(voice_.identity().family).nft.tables,
                               [&](const TableFacts& facts) { return facts.table == table_; });
  }

  // Behind -L or -S, iptables-nft takes the base chains that it made up for the listing for those of the kernel, where
  // they come into being by being zeroed, if only the table is there.
  int zero_what_was_listed() {
    const auto table = read_table(command_.chain);
    if (!table) return voice_.failure(table.error());
    Transaction transaction;
    transaction.changes.push_back({.family = voice_.identity().family, .table = table_});
    std::vector<Operation>& operations = transaction.changes.back().operations;
    for (const Chain& chain : table->chains) {
      if (!command_.chain.empty() && chain.name.view() != command_.chain) continue;
      if (command_.verbose != 0) say("Zeroing chain `{}'\n", chain.name.view());
      if (chain.hook) {
        operations.push_back(Operation::set_policy(chain.name, chain.policy, Counters{}));
      }
      operations.push_back(Operation::zero(chain.name));
    }
    const std::string sent = batch_sent(transaction, {.listed = true});
    if (!operations.empty() && !exists_in_kernel()) {
      say("{}", sent);
      return voice_.failure({.code = Code::kNotFound,
                             .message = fmt::format("CHAIN_ZERO failed (No such file or directory): chain {}",
                                                    operations.front().chain.view())});
    }
    const auto applied = engine_.apply(context_, std::move(transaction));
    if (!applied) return voice_.failure(applied.error());
    say("{}", sent);
    remember(choice_);
    return 0;
  }

  // What -vv says of a change. Nothing where the kernel is not going to hear of it.
  std::string batch_sent(const Transaction& transaction, const NftDump::Sending& sending) {
    if (!dump_) return {};
    const auto drafts = engine_.draft(context_, transaction);
    uint32_t last_id = 0;
    return drafts ? dump_->batch_sent(dumped_, *drafts, sending, last_id) : std::string();
  }

  // nft listings end with a word about legacy tables, which they do not show.
  void warn_of_legacy() const {
    if (!is_nft() || !has_legacy_tables(voice_.identity().family)) return;
    const std::string_view name = voice_.identity().plain();
    complain("# Warning: {}-legacy tables present, use {}-legacy to see them\n", name, name);
  }

  // Where one chain is asked for, the others do not matter.
  bool refuses_to_list(const Table& table) const {
    if (command_.chain.empty()) return table.incompatible;
    return std::ranges::any_of(table.foreign, [&](const Foreign& foreign) {
      return foreign.kind == Foreign::Kind::rule && foreign.chain == command_.chain;
    });
  }

  int list() {
    if (!is_nft()) touch_legacy_table(voice_.identity().family, table_);
    auto table = read_table(command_.chain);
    if (!table) return voice_.failure(as_told(table.error()));
    const bool chain_missing =
        command_.chain_is_empty_word || (!command_.chain.empty() && table->find(command_.chain) == nullptr);
    if (chain_missing && !is_nft()) {
      return voice_.failure({Code::kNotFound, "No chain/target/match by that name"});
    }
    if (is_nft() && (chain_missing || refuses_to_list(*table))) {
      warn_of_legacy();
      if (command_.chain_is_empty_word) return voice_.incompatible_chain(command_.table, {});
      return voice_.incompatible(command_.table, command_.chain);
    }
    const bool whole = command_.chain.empty();
    if (whole &&
        std::ranges::any_of(table->foreign, [](const Foreign& f) { return f.kind == Foreign::Kind::base_chain; })) {
      say("# Table `{}' contains incompatible base-chains, use 'nft' tool to list them.\n", command_.table);
    }
    const ListOptions options{.chain = command_.chain,
                              .number = command_.number,
                              .form = command_.has(Given::kNumeric) ? NumberForm::kNumeric : NumberForm::kNames,
                              .names = NameLookup::kSystem,
                              .verbose = command_.verbose,
                              .exact = command_.has(Given::kExact),
                              .line_numbers = command_.has(Given::kLineNumbers),
                              .bare_match = is_nft() ? BareMatch::kNothing : BareMatch::kName};
    const bool columns = command_.has(Verb::kList);
    show_as_iptables_does(*table, command_.chain);
    const auto stopped =
        cut_at_unreadable(*table, command_.chain, command_.number, columns ? Behind::kGone : Behind::kEmptied);
    say("{}", columns ? to_list_text(*table, options) : to_rules_text(*table, options));
    if (stopped) return voice_.unreadable(*stopped);
    name_what_is_left_out(*table, command_.chain);
    warn_of_legacy();
    return 0;
  }

  // Of a base chain in nf_tables.
  static bool is_deletable(const Chain& chain, const Table& table) {
    return chain.in_kernel && chain.policy == Policy::accept && chain.rules.empty() &&
           std::ranges::none_of(table.foreign, [&](const Foreign& foreign) {
             return foreign.kind != Foreign::Kind::base_chain && foreign.chain == chain.name.view();
           });
  }

  // What -v says before a change of chains.
  int announce() {
    if (command_.verbose == 0) return 0;
    std::string_view doing;
    if (command_.has(Verb::kFlush)) doing = "Flushing";
    if (command_.has(Verb::kZero)) doing = "Zeroing";
    if (command_.has(Verb::kDeleteChain)) doing = "Deleting";
    if (doing.empty() || command_.chain_is_empty_word) return 0;
    // Legacy does not look whether it is there.
    if (!is_nft() && !command_.chain.empty()) {
      say("{} chain `{}'\n", doing, command_.chain);
      return 0;
    }
    const auto table = read_table(command_.chain);
    if (!table) return voice_.failure(table.error());
    for (const Chain& chain : table->chains) {
      if (!command_.chain.empty() && chain.name.view() != command_.chain) continue;
      if (doing == "Deleting" && chain.hook) {
        if (is_deletable(chain, *table)) chains_.push_back(chain.name);
        continue;
      }
      if (doing != "Flushing" && !chain.in_kernel) continue;
      say("{} chain `{}'\n", doing, chain.name.view());
      chains_.push_back(chain.name);
    }
    return 0;
  }

  // What -v says about rules; iptables-nft says it of most only once it has found what the rule is put beside.
  std::string rules_in_words() const {
    std::string text;
    if (command_.verbose == 0) return text;
    for (const Rule& rule : command_.rules) text += rule_in_words(rule, voice_.backend());
    return text;
  }
  static void tell_rules(const std::string& text) { say("{}", text); }

  // By the time that libiptc has dumped a table, it has forgotten what was being done when the error came.
  Error as_told(Error error) const {
    error.table = command_.table;
    if (is_nft() || command_.verbose < 2 || Voice::is_about_target(error)) return error;
    if (error.errno_value == ENOENT) error.message = "No chain/target/match by that name";
    if (error.errno_value == E2BIG) error.message = "Argument list too long";
    if (error.errno_value == EEXIST) error.message = "File exists";
    if (error.errno_value == EINVAL) error.message = "Invalid argument";
    return error;
  }

  // Where iptables-nft gave up looking for a rule, which is not there or stands behind.
  std::optional<std::vector<std::string>> stopped_at(const std::string& chain, const Error& error) {
    if (!is_nft() || chain.empty() || !Voice::passed_over_rules(error)) return std::nullopt;
    auto table = read_table(chain);
    return table ? cut_at_unreadable(*table, chain, 0, Behind::kEmptied) : std::nullopt;
  }

  bool is_base_chain(std::string_view name) {
    const auto table = read_table(name);
    const Chain* chain = table ? table->find(name) : nullptr;
    return chain != nullptr && chain->hook.has_value();
  }

  int change() {
    if (const int status = announce(); status != 0) return status;
    if (command_.has(Verb::kSetPolicy) && command_.policy != "ACCEPT" && command_.policy != "DROP") {
      if (!is_nft() && !is_base_chain(command_.chain)) {
        return voice_.failure(
            as_told({.code = Code::kNotFound, .message = "Bad built-in chain name", .errno_value = ENOENT}));
      }
      return voice_.failure(
          as_told({.code = Code::kInvalidInput, .message = "Bad policy name", .errno_value = EINVAL}));
    }
    const std::string looked_for = command_.has(Verb::kCheck) || command_.has(Verb::kDelete) ? command_.chain : "";
    const Leads leads = command_.goes ? Leads::kByGoto : Leads::kByJump;
    const bool writes = !command_.has(Verb::kCheck);
    const bool told_first = !is_nft() || command_.has(Verb::kAppend);
    const std::string words = rules_in_words();
    Transaction transaction;
    transaction.changes.push_back({.family = voice_.identity().family, .table = table_});
    std::vector<Operation>& operations = transaction.changes.back().operations;
    const bool flushes = command_.has(Verb::kFlush);
    if (is_nft() && (flushes || command_.has(Verb::kDeleteChain)) && command_.chain.empty() && !chains_.empty()) {
      // Chain by chain, since each was named; those that are to be flushed and were not made yet are made.
      for (const ChainName& chain : chains_) {
        operations.push_back(flushes ? Operation::flush(chain) : Operation::delete_chain(chain));
      }
    } else if (auto added = append_operations(std::move(command_), 0, operations); !added) {
      return added.error().code == Code::kNotFound ? voice_.failure(added.error()) : voice_.usage(added.error());
    }
    const std::string sent = batch_sent(transaction, {});
    const auto applied = engine_.apply(context_, std::move(transaction));
    if (!applied) {
      const Error& error = applied.error();
      if (const auto stopped = stopped_at(looked_for, error)) return voice_.unreadable(*stopped);
      const bool begun = told_first && error.code != Code::kPermission;
      if (!Voice::is_about_target(error) && (begun || Voice::is_from_kernel(error))) tell_rules(words);
      if (Voice::is_from_kernel(error)) say("{}", sent);
      return voice_.failure(as_told(error), leads);
    }
    tell_rules(words);
    say("{}", sent);
    if (writes) remember(choice_);
    return 0;
  }

  Voice voice_;
  SteadyChoice choice_;
  Context context_;
  Command command_;
  Engine engine_;
  TableId table_ = TableId::filter;
  std::vector<ChainName> chains_;  // that -v named
  std::optional<NftDump> dump_;    // of -vv
  std::vector<Operation> dumped_;
};

// The seconds of -w in a command line that could not be read as a whole.
std::optional<std::chrono::seconds> wait_in(std::span<const std::string_view> words) {
  for (size_t i = 0; i < words.size(); ++i) {
    std::string_view number;
    if (words[i] == "-w" || words[i] == "--wait") {
      if (i + 1 < words.size()) number = words[i + 1];
    } else if (words[i].starts_with("--wait=")) {
      number = words[i].substr(7);
    } else if (words[i].starts_with("-w")) {
      number = words[i].substr(2);
    }
    uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), seconds);
    if (error == std::errc{} && end == number.data() + number.size() && seconds != 0) {
      return std::chrono::seconds(seconds);
    }
  }
  return std::nullopt;
}

// A rule with an extension that is not known here, for which there may be a binary that knows it.
int run_with_binary(const Voice& voice, const SteadyChoice& choice, Context context,
                    std::span<const std::string_view> words, const Error& unknown) {
  if (const auto wait = wait_in(words)) context.lock.wait = *wait;
  auto kept = parse_command(voice.identity().family, words, {.names = context.names, .unknown = UnknownRules::kKeep});
  if (!kept) return voice.usage(unknown);
  const bool writes = std::ranges::none_of(kept->changes.front().operations, [](const Operation& operation) {
    return operation.kind == Operation::Kind::check;
  });
  const auto applied = Engine(stand_in_options(voice.backend())).apply(context, *std::move(kept));
  if (!applied) {
    const Error& error = applied.error();
    // iptables comes to the kernel only when it has understood the rule.
    if (error.code == Code::kUnsupported || error.code == Code::kPermission) return voice.usage(unknown);
    return error.code == Code::kInvalidInput ? voice.usage(error) : voice.failure(error);
  }
  if (writes) remember(choice);
  return 0;
}

}  // namespace

int run_iptables(const Identity& identity, std::span<const std::string_view> words) {
  Context context = stand_in_context();
  auto choice = choose_steadily(identity, context);
  if (!choice) {
    complain("{}: {}\n", identity.called, to_string(choice.error()));
    return choice.error().code == Code::kPermission ? 4 : 1;
  }
  const Voice voice(identity, choice->backend);
  std::vector<std::string> notes;
  auto command = parse_command_line(identity.family, words, context.names, &notes);
  Voice::notes(notes);
  if (!command && command.error().code == Code::kUnsupported) {
    return run_with_binary(voice, *choice, std::move(context), words, command.error());
  }
  if (!command) return voice.usage(command.error());
  if (command->wait_seconds && *command->wait_seconds != 0) {
    context.lock.wait = std::chrono::seconds(*command->wait_seconds);
  }
  return IptablesCommand(voice, *std::move(choice), std::move(context), *std::move(command)).run();
}

}  // namespace ferrule::cli

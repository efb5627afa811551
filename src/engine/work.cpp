#include "engine/work.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/foreign_rules.hpp"
#include "backend_exec/choose.hpp"
#include "engine/commit.hpp"
#include "engine/evidence_watch.hpp"
#include "engine/nothing.hpp"

namespace ferrule::engine {
namespace {

using Clock = std::chrono::steady_clock;

bool touches(const Transaction& transaction, Family family) {
  return std::any_of(transaction.changes.begin(), transaction.changes.end(),
                     [&](const TableChange& change) { return change.family == family; });
}

// A binary that fails for want of the very right that we lacked does not always say so.
Error explain(Error error, const std::vector<Choice>& choices) {
  const auto hindered =
      std::find_if(choices.begin(), choices.end(), [](const Choice& c) { return !c.obstacle.empty(); });
  if (error.code == Code::kInvalidInput || hindered == choices.end()) return error;
  error.code = Code::kPermission;
  error.message += hindered->obstacle;
  return error;
}

// What the numbers that nf_tables answers with do not say. Not for who forces a backend: a stand-in for iptables has to
// say what iptables says.
Error explain_nft(Error error, const NamespaceFacts& facts, const std::vector<Choice>& choices) {
  const bool native_nft =
      std::ranges::any_of(choices, [](const Choice& c) { return c.native && c.backend == BackendKind::nft; });
  if (!native_nft || error.table.empty()) return error;
  if (error.code == Code::kRefused && error.errno_value == ENOENT && facts.nft_compat == Presence::absent) {
    error.message += "; this kernel has nf_tables without nft_compat, which most matches and targets need";
  } else if (error.errno_value == EPERM) {
    error.message += "; the table may belong to another program (nft's flag `owner`)";
  }
  return error;
}

FamilyReport describe(const Choice& choice) {
  return {.family = choice.family, .backend = choice.backend, .native = choice.native, .reason = choice.reason};
}

Report report_on(std::vector<FamilyReport> families, const CommitStats& stats, Clock::time_point begin,
                 Clock::time_point ready) {
  return {.families = std::move(families),
          .tables = stats.tables,
          .rules = stats.rules,
          .retries = stats.retries,
          .detect_time = ready - begin,
          .commit_time = Clock::now() - ready};
}

// Whether there is a binary for rules that only one can write. The error is about the first of them.
Result<void> has_program(const Choice& choice, const Transaction& transaction) {
  const auto variant = choice.backend == BackendKind::nft ? detect::Variant::nft : detect::Variant::legacy;
  const auto program = exec::choose(choice.inventory, choice.family, variant, exec::Tool::restore);
  if (program) return {};
  for (const TableChange& change : transaction.changes) {
    if (change.family != choice.family) continue;
    auto foreign = refuse_foreign_rules(change);
    if (foreign) continue;
    foreign.error().message += "; " + program.error().message;
    return foreign;
  }
  return tl::unexpected(program.error());
}

// A transaction of more rules is not kept for a second attempt.
constexpr size_t kFewRules = 2000;

size_t operation_count(const Transaction& transaction) {
  size_t count = 0;
  for (const TableChange& change : transaction.changes) count += change.operations.size() + 1;
  return count;
}

// What a rule jumps to that its table does not get from the transaction: a chain that is there already, or a target
// without options that nobody here knows.
struct UnknownTarget {
  Family family;
  TableId table;
  std::string_view name;
  Operation::Kind kind;
};

std::vector<UnknownTarget> unknown_targets(const Transaction& transaction) {
  std::vector<UnknownTarget> out;
  for (const TableChange& change : transaction.changes) {
    std::set<std::string_view> made;
    for (const Operation& operation : change.operations) {
      using enum Operation::Kind;
      if (operation.kind == declare_chain || operation.kind == new_chain) made.insert(operation.chain.view());
    }
    for (const Operation& operation : change.operations) {
      if (!operation.rule || operation.rule->target_kind() != TargetKind::chain) continue;
      const std::string_view name = operation.rule->target_name();
      if (made.contains(name)) continue;
      out.push_back({.family = change.family, .table = change.table, .name = name, .kind = operation.kind});
    }
  }
  return out;
}

bool has_target(const Ruleset& ruleset, TableId table, std::string_view name) {
  const Table* found = ruleset.find(table);
  return found != nullptr && std::ranges::any_of(found->chains, [&](const Chain& chain) {
           return std::ranges::any_of(chain.rules, [&](const Rule& rule) {
             return rule.target_kind() == TargetKind::extension && rule.target_name() == name;
           });
         });
}

// The `--test` of iptables-nft-restore takes any word for a chain.
bool can_tell_by_test(const FamilyReport& family) { return family.backend == BackendKind::legacy; }

bool is_missing_chain(const Error& error) { return error.kind == ErrorKind::kJumpToMissingChain; }

}  // namespace

Result<Chosen> choose_backends(Chooser& chooser, const Context& context, const Inspection& inspection,
                               const Transaction& transaction, Need need) {
  Chosen out;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (!touches(transaction, family)) continue;
    const Need own = need == Need::kBinary ? need : needs_binary(transaction, family);
    auto choice = chooser.choose(context, inspection, family, own);
    if (!choice) return tl::unexpected(choice.error());
    if (own == Need::kBinary) {
      if (auto has = has_program(*choice, transaction); !has) return tl::unexpected(has.error());
    }
    out.families.push_back(describe(*choice));
    out.choices.push_back(std::move(*choice));
  }
  return out;
}

std::optional<Choice> Work::presume(const Transaction& transaction) const {
  if (transaction.changes.size() != 1) return std::nullopt;
  const Family family = transaction.changes.front().family;
  if (needs_binary(transaction, family) == Need::kBinary) return std::nullopt;
  return chooser_.presume(family);
}

template <typename CarryOut>
Result<Report> Work::with_backends(const Context& context, const Transaction& transaction, Need need,
                                   const CarryOut& carry_out) {
  const Clock::time_point begin = Clock::now();
  if (auto presumed = need == Need::kNative ? presume(transaction) : std::nullopt) {
    const size_t operations = operation_count(transaction);
    const Result<CommitStats> stats = carry_out({*presumed});
    if (stats) return report_on({describe(*presumed)}, *stats, begin, begin);
    // A backend may have taken the transaction apart. What is left of it would succeed, and be nothing.
    const bool whole = operation_count(transaction) == operations;
    if (!is_obstacle(stats.error()) || !whole) return tl::unexpected(stats.error());
  }
  const Inspection inspection = chooser_.inspect(context, detect::Depth::kDecide);
  auto chosen = choose_backends(chooser_, context, inspection, transaction, need);
  if (!chosen) return tl::unexpected(chosen.error());
  const Clock::time_point ready = Clock::now();
  const Result<CommitStats> stats = carry_out(chosen->choices);
  if (!stats) {
    Error error = explain(stats.error(), chosen->choices);
    if (!chooser_.options().forced_backend) error = explain_nft(std::move(error), inspection.facts, chosen->choices);
    return tl::unexpected(std::move(error));
  }
  return report_on(std::move(chosen->families), *stats, begin, ready);
}

Result<Inspection> Work::inspect(const Context& context, detect::Depth depth) {
  return context.netns.run([&]() -> Result<Inspection> { return chooser_.inspect(context, depth); });
}

Result<Inspection> Work::wait_for_evidence(const Context& context, std::chrono::milliseconds timeout) {
  return context.netns.run([&]() -> Result<Inspection> { return watch_for_evidence(chooser_, context, timeout); });
}

Result<Report> Work::apply(const Context& context, Transaction&& transaction) {
  return context.netns.run([&]() -> Result<Report> {
    if (auto done = apply_to_nothing(chooser_, context, transaction)) return *std::move(done);
    return apply_to_something(context, transaction);
  });
}

bool Work::may_be_target_of_a_binary(const Context& context, const Error& error, const Transaction& transaction) {
  if (!is_missing_chain(error) || chooser_.options().forced_backend == BackendKind::exec) return false;
  return std::ranges::any_of(unknown_targets(transaction), [&](const UnknownTarget& target) {
    // Many programs delete what may not be there. Such a rule can be told from one that is by reading.
    if (target.kind != Operation::Kind::check && target.kind != Operation::Kind::delete_rule) return true;
    const auto ruleset = snapshot(context, target.family, target.table);
    return ruleset && has_target(*ruleset, target.table, target.name);
  });
}

Result<Report> Work::apply_to_something(const Context& context, Transaction& transaction) {
  const auto attempt = [&](Transaction& what, Need need) {
    return with_backends(context, what, need,
                         [&](const std::vector<Choice>& choices) { return commit(chooser_, context, choices, what); });
  };
  std::optional<Transaction> spare;
  if (transaction.rule_count() <= kFewRules && !unknown_targets(transaction).empty()) spare = transaction;
  auto done = attempt(transaction, Need::kNative);
  if (done || !spare || !may_be_target_of_a_binary(context, done.error(), *spare)) return done;
  auto by_binary = attempt(*spare, Need::kBinary);
  return by_binary ? by_binary : done;
}

Result<Report> Work::ensure(const Context& context, Transaction wanted) {
  if (auto known = refuse_foreign_rules(wanted); !known) return tl::unexpected(known.error());
  return context.netns.run([&] {
    return with_backends(context, wanted, Need::kNative, [&](const std::vector<Choice>& choices) {
      return engine::ensure(chooser_, context, choices, wanted);
    });
  });
}

Result<Transaction> Work::missing(const Context& context, const Transaction& wanted) {
  if (auto known = refuse_foreign_rules(wanted); !known) return tl::unexpected(known.error());
  return context.netns.run([&]() -> Result<Transaction> {
    Transaction out;
    const auto done =
        with_backends(context, wanted, Need::kNative, [&](const std::vector<Choice>& choices) -> Result<CommitStats> {
          auto found = engine::missing(chooser_, context, choices, wanted);
          if (!found) return tl::unexpected(found.error());
          out = *std::move(found);
          return CommitStats{};
        });
    if (!done) return tl::unexpected(done.error());
    return out;
  });
}

Result<Report> Work::check(const Context& context, const Transaction& transaction) {
  return context.netns.run([&] {
    const auto attempt = [&](Need need) {
      return with_backends(context, transaction, need, [&](const std::vector<Choice>& choices) {
        return engine::check(chooser_, context, choices, transaction);
      });
    };
    auto done = attempt(Need::kNative);
    if (done || !may_be_target_of_a_binary(context, done.error(), transaction)) return done;
    auto by_binary = attempt(Need::kBinary);
    return by_binary && std::ranges::all_of(by_binary->families, can_tell_by_test) ? by_binary : done;
  });
}

Result<std::vector<DraftMessage>> Work::draft(const Context& context, const Transaction& transaction) {
  return context.netns.run([&]() -> Result<std::vector<DraftMessage>> {
    std::vector<DraftMessage> out;
    const auto done = with_backends(context, transaction, Need::kNative,
                                    [&](const std::vector<Choice>& choices) -> Result<CommitStats> {
                                      if (choices.size() > 1 && !same_backend(choices[0], choices[1])) {
                                        return fail(Code::kUnsupported, "the families go through different backends");
                                      }
                                      auto messages = chooser_.open(context, choices)->draft(transaction);
                                      if (!messages) return tl::unexpected(messages.error());
                                      out = *std::move(messages);
                                      return CommitStats{};
                                    });
    if (!done) return tl::unexpected(done.error());
    return out;
  });
}

template <typename Read>
auto Work::read_through_backend(const Context& context, Family family, const Read& read) {
  using Answer = std::invoke_result_t<Read, Backend&>;
  return context.netns.run([&]() -> Answer {
    if (const auto presumed = chooser_.presume(family)) {
      auto answer = read(*chooser_.open(context, {&*presumed, 1}));
      if (answer || !is_obstacle(answer.error())) return answer;
    }
    const Inspection inspection = chooser_.inspect(context, detect::Depth::kDecide);
    auto choice = chooser_.choose(context, inspection, family, Need::kNative);
    if (!choice) return tl::unexpected(choice.error());
    return read(*chooser_.open(context, {&*choice, 1}));
  });
}

Result<Ruleset> Work::snapshot(const Context& context, Family family, std::optional<TableId> only) {
  return read_through_backend(context, family, [&](Backend& backend) { return backend.snapshot(family, only); });
}

Result<Table> Work::chain(const Context& context, Family family, TableId table, const ChainName& name) {
  return read_through_backend(context, family, [&](Backend& backend) { return backend.chain(family, table, name); });
}

}  // namespace ferrule::engine

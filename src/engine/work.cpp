#include "engine/work.hpp"

#include <algorithm>
#include <utility>

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

}  // namespace

Result<Chosen> choose_backends(Chooser& chooser, const Context& context, const Inspection& inspection,
                               const Transaction& transaction) {
  Chosen out;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (!touches(transaction, family)) continue;
    auto choice = chooser.choose(context, inspection, family, needs_binary(transaction, family));
    if (!choice) return tl::unexpected(choice.error());
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
Result<Report> Work::with_backends(const Context& context, const Transaction& transaction, const CarryOut& carry_out) {
  const Clock::time_point begin = Clock::now();
  if (auto presumed = presume(transaction)) {
    const Result<CommitStats> stats = carry_out({*presumed});
    if (stats) return report_on({describe(*presumed)}, *stats, begin, begin);
    if (!is_obstacle(stats.error())) return tl::unexpected(stats.error());
  }
  auto chosen = choose_backends(chooser_, context, chooser_.inspect(context, detect::Depth::kDecide), transaction);
  if (!chosen) return tl::unexpected(chosen.error());
  const Clock::time_point ready = Clock::now();
  const Result<CommitStats> stats = carry_out(chosen->choices);
  if (!stats) return tl::unexpected(explain(stats.error(), chosen->choices));
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

Result<Report> Work::apply_to_something(const Context& context, Transaction& transaction) {
  return with_backends(context, transaction, [&](const std::vector<Choice>& choices) {
    return commit(chooser_, context, choices, transaction);
  });
}

Result<Report> Work::check(const Context& context, const Transaction& transaction) {
  return context.netns.run([&] {
    return with_backends(context, transaction, [&](const std::vector<Choice>& choices) {
      return engine::check(chooser_, context, choices, transaction);
    });
  });
}

Result<Ruleset> Work::snapshot(const Context& context, Family family, std::optional<TableId> only) {
  return context.netns.run([&]() -> Result<Ruleset> {
    if (const auto presumed = chooser_.presume(family)) {
      auto ruleset = chooser_.open(context, {&*presumed, 1})->snapshot(family, only);
      if (ruleset || !is_obstacle(ruleset.error())) return ruleset;
    }
    const Inspection inspection = chooser_.inspect(context, detect::Depth::kDecide);
    auto choice = chooser_.choose(context, inspection, family, Need::kNative);
    if (!choice) return tl::unexpected(choice.error());
    return chooser_.open(context, {&*choice, 1})->snapshot(family, only);
  });
}

}  // namespace ferrule::engine

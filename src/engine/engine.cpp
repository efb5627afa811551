#include "ferrule/engine.hpp"

#include <algorithm>
#include <utility>

#include "engine/choice.hpp"
#include "engine/commit.hpp"

namespace ferrule {
namespace {

using Clock = std::chrono::steady_clock;

bool touches(const Transaction& transaction, Family family) {
  return std::any_of(transaction.changes.begin(), transaction.changes.end(),
                     [&](const TableChange& change) { return change.family == family; });
}

// A binary that fails for want of the very right that we lacked does not always say so.
Error explain(Error error, const std::vector<engine::Choice>& choices) {
  const auto hindered =
      std::find_if(choices.begin(), choices.end(), [](const engine::Choice& c) { return !c.obstacle.empty(); });
  if (error.code == Code::kInvalidInput || hindered == choices.end()) return error;
  error.code = Code::kPermission;
  error.message += hindered->obstacle;
  return error;
}

}  // namespace

struct Engine::State {
  explicit State(EngineOptions given) : chooser(given) {}

  // Chooses a backend for each family that the transaction touches and hands all of them to `carry_out`.
  template <typename CarryOut>
  Result<Report> with_backends(const Context& context, const Transaction& transaction, const CarryOut& carry_out) {
    return context.netns.run([&]() -> Result<Report> {
      const Clock::time_point begin = Clock::now();
      Report report;
      std::vector<engine::Choice> choices;
      const Inspection inspection = chooser.inspect(context, detect::Depth::kDecide);
      for (const Family family : {Family::ipv4, Family::ipv6}) {
        if (!touches(transaction, family)) continue;
        auto choice = chooser.choose(context, inspection, family, engine::needs_binary(transaction, family));
        if (!choice) return tl::unexpected(choice.error());
        report.families.push_back(
            {.family = family, .backend = choice->backend, .native = choice->native, .reason = choice->reason});
        choices.push_back(std::move(*choice));
      }
      const Clock::time_point chosen = Clock::now();
      report.detect_time = chosen - begin;
      const Result<CommitStats> stats = carry_out(choices);
      if (!stats) return tl::unexpected(explain(stats.error(), choices));
      report.commit_time = Clock::now() - chosen;
      report.tables = stats->tables;
      report.rules = stats->rules;
      report.retries = stats->retries;
      return report;
    });
  }

  engine::Chooser chooser;
};

Engine::Engine(EngineOptions options) : state_(std::make_unique<State>(options)) {}
Engine::~Engine() = default;

Result<Inspection> Engine::inspect(const Context& context, InspectDepth depth) const {
  return context.netns.run([&]() -> Result<Inspection> {
    return state_->chooser.inspect(context,
                                   depth == InspectDepth::kExplain ? detect::Depth::kExplain : detect::Depth::kDecide);
  });
}

Result<Report> Engine::apply(const Context& context, const Transaction& transaction) const {
  return apply(context, Transaction(transaction));
}

Result<Report> Engine::apply(const Context& context, Transaction&& transaction) const {
  return state_->with_backends(context, transaction, [&](const std::vector<engine::Choice>& choices) {
    return engine::commit(state_->chooser, context, choices, transaction);
  });
}

Result<Report> Engine::check(const Context& context, const Transaction& transaction) const {
  return state_->with_backends(context, transaction, [&](const std::vector<engine::Choice>& choices) {
    return engine::check(state_->chooser, context, choices, transaction);
  });
}

Result<Ruleset> Engine::snapshot(const Context& context, Family family, std::optional<TableId> only) const {
  return context.netns.run([&]() -> Result<Ruleset> {
    const Inspection inspection = state_->chooser.inspect(context, detect::Depth::kDecide);
    auto choice = state_->chooser.choose(context, inspection, family, engine::Need::kNative);
    if (!choice) return tl::unexpected(choice.error());
    return state_->chooser.open(context, {&*choice, 1})->snapshot(family, only);
  });
}

}  // namespace ferrule

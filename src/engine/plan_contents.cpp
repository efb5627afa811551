#include "engine/plan_contents.hpp"

#include <algorithm>
#include <utility>

#include "backend_nft/prebuilt.hpp"

namespace ferrule::engine {
namespace {

// Why there is no writing the bytes out beforehand; empty where there is.
std::string obstacle(const Chosen& chosen) {
  if (chosen.choices.empty()) return "there is nothing to do";
  for (const Choice& choice : chosen.choices) {
    if (!choice.native) return std::string(family_name(choice.family)) + " takes a binary: " + choice.reason;
  }
  if (chosen.choices.size() > 1 && !same_backend(chosen.choices[0], chosen.choices[1])) {
    return "the families go through different backends";
  }
  return {};
}

constexpr const char* kNotBeforehand =
    "it names ipsets, or asks for what a namespace without rules does not have, or is refused there";

void write_out(BackendKind backend, PlanContents& plan) {
  if (backend == BackendKind::nft) {
    if (auto batch = nft::prebuild(plan.transaction)) plan.bytes = *std::move(batch);
  } else if (auto tables = legacy::prebuild(plan.transaction)) {
    plan.bytes = *std::move(tables);
  }
  if (std::holds_alternative<std::monostate>(plan.bytes)) plan.why_not = kNotBeforehand;
}

uint32_t table_count(const PlanContents& plan) {
  const auto* tables = std::get_if<legacy::PrebuiltTables>(&plan.bytes);
  return static_cast<uint32_t>(tables != nullptr ? tables->size() : plan.transaction.changes.size());
}

}  // namespace

Result<std::shared_ptr<const PlanContents>> compile(std::shared_ptr<Work> work, const Context& context,
                                                    Transaction transaction) {
  auto plan = std::make_shared<PlanContents>(
      PlanContents{.work = std::move(work), .context = context, .transaction = std::move(transaction)});
  // Whether it can be entered at all shows here; what is missing besides shows when the plan is applied.
  auto chosen = context.netns.run([&]() -> Result<Result<Chosen>> {
    Chooser& chooser = plan->work->chooser();
    return choose_backends(chooser, context, chooser.inspect_as_empty(context), plan->transaction);
  });
  if (!chosen) return tl::unexpected(chosen.error());
  if (*chosen) {
    plan->why_not = obstacle(**chosen);
  } else {
    plan->why_not = chosen->error().message;
  }
  if (plan->why_not.empty()) write_out((*chosen)->choices.front().backend, *plan);
  if (plan->why_not.empty()) {
    plan->report = {.families = std::move((*chosen)->families),
                    .tables = table_count(*plan),
                    .rules = static_cast<uint32_t>(plan->transaction.rule_count()),
                    .prebuilt = true};
  }
  return plan;
}

}  // namespace ferrule::engine

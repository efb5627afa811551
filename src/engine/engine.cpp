#include "ferrule/engine.hpp"

#include <memory>
#include <utility>

#include "engine/plan_contents.hpp"
#include "engine/work.hpp"
#include "ferrule/plan.hpp"

namespace ferrule {

Engine::Engine(EngineOptions options) : work_(std::make_shared<engine::Work>(options)) {}

// Plans may keep the work alive; sockets that wait to be closed are closed all the same.
Engine::~Engine() { work_->chooser().close_sockets(); }

Result<Inspection> Engine::inspect(const Context& context, InspectDepth depth) const {
  return work_->inspect(context, depth == InspectDepth::kExplain ? detect::Depth::kExplain : detect::Depth::kDecide);
}

Result<Inspection> Engine::wait_for_evidence(const Context& context, std::chrono::milliseconds timeout) const {
  return work_->wait_for_evidence(context, timeout);
}

Result<Report> Engine::apply(const Context& context, const Transaction& transaction) const {
  return apply(context, Transaction(transaction));
}

Result<Report> Engine::apply(const Context& context, Transaction&& transaction) const {
  if (auto valid = validate(transaction); !valid) return tl::unexpected(valid.error());
  return work_->apply(context, std::move(transaction));
}

Result<Report> Engine::ensure(const Context& context, const Transaction& wanted) const {
  if (auto valid = validate(wanted); !valid) return tl::unexpected(valid.error());
  return work_->ensure(context, wanted);
}

Result<Transaction> Engine::missing(const Context& context, const Transaction& wanted) const {
  if (auto valid = validate(wanted); !valid) return tl::unexpected(valid.error());
  return work_->missing(context, wanted);
}

Result<Report> Engine::check(const Context& context, const Transaction& transaction) const {
  if (auto valid = validate(transaction); !valid) return tl::unexpected(valid.error());
  return work_->check(context, transaction);
}

Result<std::vector<DraftMessage>> Engine::draft(const Context& context, const Transaction& transaction) const {
  if (auto valid = validate(transaction); !valid) return tl::unexpected(valid.error());
  return work_->draft(context, transaction);
}

Result<Plan> Engine::compile(const Context& context, Transaction transaction) const {
  if (auto valid = validate(transaction); !valid) return tl::unexpected(valid.error());
  auto contents = engine::compile(work_, context, std::move(transaction));
  if (!contents) return tl::unexpected(contents.error());
  return Plan(*std::move(contents));
}

Result<Ruleset> Engine::snapshot(const Context& context, Family family, std::optional<TableId> only) const {
  return work_->snapshot(context, family, only);
}

Result<Table> Engine::chain(const Context& context, Family family, TableId table, const ChainName& name) const {
  return work_->chain(context, family, table, name);
}

}  // namespace ferrule

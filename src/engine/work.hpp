// Work: what an Engine does, kept in one place for the engine and for the plans that it has made.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "engine/choice.hpp"
#include "ferrule/engine.hpp"
#include "ferrule/plan.hpp"

namespace ferrule::engine {

// Thread-safe. Engine says what each function does.
class Work {
 public:
  explicit Work(EngineOptions options) : chooser_(options) {}

  Result<Inspection> inspect(const Context& context, detect::Depth depth);
  Result<Inspection> wait_for_evidence(const Context& context, std::chrono::milliseconds timeout);
  Result<Report> apply(const Context& context, Transaction&& transaction);
  Result<Report> check(const Context& context, const Transaction& transaction);
  Result<Ruleset> snapshot(const Context& context, Family family, std::optional<TableId> only);

  Chooser& chooser() { return chooser_; }

 private:
  // Both in the namespace that the calling thread is in.
  Result<Report> apply_to_something(const Context& context, Transaction& transaction);
  // Chooses a backend for each family that the transaction touches and hands all of them to `carry_out`.
  template <typename CarryOut>
  Result<Report> with_backends(const Context& context, const Transaction& transaction, const CarryOut& carry_out);

  // Only where a failure for want of rights comes before anything is done.
  std::optional<Choice> presume(const Transaction& transaction) const;

  Chooser chooser_;
};

// The choices for the families that a transaction touches, and what a report says of them.
struct Chosen {
  std::vector<Choice> choices = {};
  std::vector<FamilyReport> families = {};
};
Result<Chosen> choose_backends(Chooser& chooser, const Context& context, const Inspection& inspection,
                               const Transaction& transaction);

}  // namespace ferrule::engine

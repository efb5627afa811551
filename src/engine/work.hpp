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
  Result<Report> ensure(const Context& context, Transaction wanted);
  Result<Transaction> missing(const Context& context, const Transaction& wanted);
  Result<Report> check(const Context& context, const Transaction& transaction);
  Result<std::vector<DraftMessage>> draft(const Context& context, const Transaction& transaction);
  Result<Ruleset> snapshot(const Context& context, Family family, std::optional<TableId> only);
  Result<Table> chain(const Context& context, Family family, TableId table, const ChainName& name);

  Chooser& chooser() { return chooser_; }

 private:
  // Both in the namespace that the calling thread is in.
  Result<Report> apply_to_something(const Context& context, Transaction& transaction);
  // Chooses a backend for each family that the transaction touches and hands all of them to `carry_out`.
  template <typename CarryOut>
  Result<Report> with_backends(const Context& context, const Transaction& transaction, Need need,
                               const CarryOut& carry_out);
  // Hands `read` the backend in use for `family`, in the context's namespace.
  template <typename Read>
  auto read_through_backend(const Context& context, Family family, const Read& read);
  // Whether a binary may know better what a failed rule jumps to.
  bool may_be_target_of_a_binary(const Context& context, const Error& error, const Transaction& transaction);

  // Only where a failure for want of rights comes before anything is done.
  std::optional<Choice> presume(const Transaction& transaction) const;

  Chooser chooser_;
};

// The choices for the families that a transaction touches, and what a report says of them.
struct Chosen {
  std::vector<Choice> choices = {};
  std::vector<FamilyReport> families = {};
};
// A binary is chosen where `need` or a rule says so. Where there is none, the error names the first such rule.
Result<Chosen> choose_backends(Chooser& chooser, const Context& context, const Inspection& inspection,
                               const Transaction& transaction, Need need = Need::kNative);

}  // namespace ferrule::engine

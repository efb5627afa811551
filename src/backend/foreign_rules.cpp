#include "backend/foreign_rules.hpp"

#include "model/entry.hpp"

namespace ferrule {
namespace {

Error foreign_rule(const TableChange& change, const Operation& operation) {
  const Rule& rule = *operation.rule;
  const bool is_target = rule.target_kind() == TargetKind::extension;
  const std::string name(is_target ? rule.target_name() : (*model::matches(rule).begin()).name);
  return {
      .code = Code::kUnsupported,
      .message = (is_target ? "target `" : "match `") + name + "' is not known here; only a binary can write the rule",
      .origin = {.file = change.file, .line = operation.line, .option = (is_target ? "-j " : "-m ") + name},
      .table = std::string(table_name(change.table)),
      .chain = operation.chain.str()};
}

}  // namespace

Result<void> refuse_foreign_rules(const TableChange& change) {
  for (const Operation& operation : change.operations) {
    if (operation.rule && operation.rule->foreign_text()) return tl::unexpected(foreign_rule(change, operation));
  }
  return {};
}

Result<void> refuse_foreign_rules(const Transaction& transaction) {
  for (const TableChange& change : transaction.changes) {
    if (auto done = refuse_foreign_rules(change); !done) return done;
  }
  return {};
}

}  // namespace ferrule

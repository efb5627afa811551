#include "backend_nft/planner.hpp"

#include <cerrno>
#include <string>

namespace ferrule::nft {
namespace {

// Which chains' rules the operations on a table make it necessary to know.
void follow(const Operation& operation, Followed& followed) {
  switch (operation.kind) {
    case Operation::Kind::insert:
      if (operation.number > 1) followed.chains.insert(operation.chain);
      break;
    case Operation::Kind::replace:
    case Operation::Kind::delete_rule:
    case Operation::Kind::delete_number:
    case Operation::Kind::check:
      followed.chains.insert(operation.chain);
      break;
    case Operation::Kind::zero:
      if (operation.chain.empty()) {
        followed.all = true;
      } else {
        followed.chains.insert(operation.chain);
      }
      break;
    default:
      break;
  }
}

}  // namespace

Planner::Planner(const Transaction& transaction, KernelView& view)
    : transaction_(transaction), view_(view), batch_(view.generation(), view.next_sequence()) {
  std::map<TableKey, Followed> followed;
  for (const TableChange& change : transaction.changes) {
    Followed& of_table = followed[{change.family, change.table}];
    for (const Operation& operation : change.operations) follow(operation, of_table);
  }
  for (auto& [key, of_table] : followed) {
    tables_.emplace(key, TablePlan({key.first, key.second}, view, std::move(of_table)));
  }
}

Result<Batch> Planner::run() {
  for (uint32_t i = 0; i < transaction_.changes.size(); ++i) {
    if (auto planned = plan_change(transaction_.changes[i], i); !planned) return tl::unexpected(planned.error());
  }
  return std::move(batch_);
}

Result<void> Planner::plan_change(const TableChange& change, uint32_t index) {
  TablePlan& table = tables_.at({change.family, change.table});
  if (change.existing == Existing::kReplace && table.exists()) {
    delete_table(batch_, table.target(), {.action = Action::table_flush, .change = index});
    table.set_deleted();
  }
  for (uint32_t i = 0; i < change.operations.size(); ++i) {
    const Operation& operation = change.operations[i];
    const At at{.table = table, .operation = operation, .step = {.change = index, .operation = i}};
    auto planned = plan_operation(at);
    if (planned) continue;
    Error& error = planned.error();
    error.origin.file = change.file;
    error.origin.line = operation.line;
    error.table = table_name(change.table);
    if (error.chain.empty()) error.chain = operation.chain.str();
    return planned;
  }
  return {};
}

Result<void> Planner::plan_operation(const At& at) {
  using Kind = Operation::Kind;
  const bool named = !at.operation.chain.empty();
  switch (at.operation.kind) {
    case Kind::append:
      return append(at);
    case Kind::insert:
      return insert(at);
    case Kind::replace:
      return replace(at);
    case Kind::delete_rule:
      return delete_by_rule(at);
    case Kind::delete_number:
      return delete_by_number(at);
    case Kind::check:
      return check(at);
    case Kind::flush:
      return named ? flush(at) : flush_all(at);
    case Kind::zero:
      return zero(at);
    case Kind::new_chain:
      return make_chain(at);
    case Kind::delete_chain:
      return named ? delete_one_chain(at) : delete_all_chains(at);
    case Kind::rename_chain:
      return rename(at);
    case Kind::set_policy:
      return set_policy(at);
    case Kind::declare_chain:
      return declare(at);
  }
  return fail(Code::kInvalidInput, "unknown operation");
}

void Planner::ensure_table(const At& at) {
  if (at.table.exists()) return;
  add_table(batch_, at.table.target(), at.step.as(Action::table_add));
  at.table.set_made();
}

}  // namespace ferrule::nft

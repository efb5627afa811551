#include "iptables/restore_emptying.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ferrule::cli {

bool makes_base_chains(const Operation& operation) {
  switch (operation.kind) {
    case Operation::Kind::append:
    case Operation::Kind::insert:
    case Operation::Kind::declare_chain:
    case Operation::Kind::set_policy:
    case Operation::Kind::flush:
      return true;
    default:
      return false;
  }
}

void empty_chain_by_chain(TableChange& change, const std::vector<Chain>& before) {
  change.existing = Existing::kKeep;
  std::vector<Operation> operations;
  for (const Chain& chain : before) operations.push_back(Operation::flush(chain.name));
  operations.push_back(Operation::delete_all_chains());
  for (const Chain& chain : before) {
    if (!chain.hook || chain.policy == Policy::accept) continue;
    const bool used = std::ranges::any_of(change.operations, [&](const Operation& op) {
      return makes_base_chains(op) && (op.chain == chain.name || op.chain.empty());
    });
    if (!used) continue;
    operations.push_back(Operation::set_policy(chain.name, Policy::accept));
  }
  std::ranges::move(change.operations, std::back_inserter(operations));
  change.operations = std::move(operations);
}

}  // namespace ferrule::cli

#include "engine/commit.hpp"

#include <algorithm>
#include <iterator>

#include "engine/undo.hpp"

namespace ferrule::engine {
namespace {

// Takes the changes of one family out of the transaction, in order.
Transaction take_family(Transaction& transaction, Family family) {
  const auto others = std::stable_partition(transaction.changes.begin(), transaction.changes.end(),
                                            [&](const TableChange& change) { return change.family != family; });
  Transaction out;
  std::move(others, transaction.changes.end(), std::back_inserter(out.changes));
  transaction.changes.erase(others, transaction.changes.end());
  return out;
}

// Both families can go in one commit where one backend does both.
bool one_backend(const std::vector<Choice>& choices) {
  return choices.size() == 1 || (choices[0].backend == choices[1].backend && choices[0].native == choices[1].native);
}

CommitStats operator+(const CommitStats& a, const CommitStats& b) {
  return {.tables = a.tables + b.tables, .rules = a.rules + b.rules, .retries = a.retries + b.retries};
}

Result<CommitStats> commit_with(Chooser& chooser, const Context& context, const Choice& choice,
                                Transaction& transaction) {
  auto backend = chooser.open(context, choice);
  if (!backend) return tl::unexpected(backend.error());
  return (*backend)->commit(transaction);
}

// What the tables that `transaction` changes hold now, as the transaction that puts it back.
Result<Transaction> read_undo(Chooser& chooser, const Context& context, const Choice& choice,
                              const Transaction& transaction) {
  auto backend = chooser.open(context, choice);
  if (!backend) return tl::unexpected(backend.error());
  auto before = (*backend)->snapshot(choice.family, std::nullopt);
  if (!before) return tl::unexpected(before.error());
  return undo_of(transaction, *std::move(before));
}

}  // namespace

Need needs_binary(const Transaction& transaction, Family family) {
  const auto is_foreign = [](const Operation& operation) { return operation.rule && operation.rule->foreign_text(); };
  const bool any = std::any_of(transaction.changes.begin(), transaction.changes.end(), [&](const TableChange& change) {
    return change.family == family && std::any_of(change.operations.begin(), change.operations.end(), is_foreign);
  });
  return any ? Need::kBinary : Need::kNative;
}

Result<CommitStats> commit(Chooser& chooser, const Context& context, const std::vector<Choice>& choices,
                           Transaction& transaction) {
  if (choices.empty()) return CommitStats{};
  if (one_backend(choices)) return commit_with(chooser, context, choices[0], transaction);
  Transaction first = take_family(transaction, choices[0].family);
  auto undo = read_undo(chooser, context, choices[0], first);
  if (!undo) return tl::unexpected(undo.error());
  const auto first_done = commit_with(chooser, context, choices[0], first);
  if (!first_done) return first_done;
  auto second_done = commit_with(chooser, context, choices[1], transaction);
  if (second_done) return *first_done + *second_done;
  const auto undone = commit_with(chooser, context, choices[0], *undo);
  if (!undone) {
    second_done.error().message += "; and what " + std::string(family_name(choices[0].family)) +
                                   " had could not be put back: " + undone.error().message;
  }
  return second_done;
}

Result<CommitStats> check(Chooser& chooser, const Context& context, const std::vector<Choice>& choices,
                          const Transaction& transaction) {
  for (const Choice& choice : choices) {
    Transaction part;
    std::copy_if(transaction.changes.begin(), transaction.changes.end(), std::back_inserter(part.changes),
                 [&](const TableChange& change) { return change.family == choice.family; });
    auto backend = chooser.open(context, choice);
    if (!backend) return tl::unexpected(backend.error());
    if (auto checked = (*backend)->check(part); !checked) return tl::unexpected(checked.error());
  }
  return CommitStats{.tables = static_cast<uint32_t>(transaction.changes.size()),
                     .rules = static_cast<uint32_t>(transaction.rule_count())};
}

}  // namespace ferrule::engine

#include "engine/commit.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include "engine/owner.hpp"
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

Transaction part_of(const Transaction& transaction, Family family) {
  Transaction out;
  std::ranges::copy_if(transaction.changes, std::back_inserter(out.changes),
                       [&](const TableChange& change) { return change.family == family; });
  return out;
}

CommitStats operator+(const CommitStats& a, const CommitStats& b) {
  return {.tables = a.tables + b.tables, .rules = a.rules + b.rules, .retries = a.retries + b.retries};
}

// What the tables that `transaction` changes hold now, as the transaction that puts it back. Read natively wherever
// that is possible: a binary would be a process more.
Result<Undo> read_undo(Chooser& chooser, const Context& context, const Choice& choice, const Transaction& transaction) {
  Choice reading = choice;
  reading.native = choice.readable;
  auto before = chooser.open(context, {&reading, 1})->snapshot(choice.family, std::nullopt);
  if (!before) return tl::unexpected(before.error());
  return undo_of(transaction, *std::move(before));
}

bool is_native_nft(const Choice& choice) { return choice.native && choice.backend == BackendKind::nft; }

// The family to begin with, of two that go through different backends. The other one, when it fails, leaves what it
// found; so that is best a single nf_tables batch, which is never to be undone, and else a binary.
size_t first_of(const std::vector<Choice>& choices) {
  if (is_native_nft(choices[0])) return 1;
  if (is_native_nft(choices[1])) return 0;
  return choices[0].native ? 0 : 1;
}

Error with_undo(Error error, Family family, Backend& backend, Undo undo) {
  const std::string had = std::string(family_name(family)) + " ";
  if (const auto undone = backend.commit(undo.transaction); !undone) {
    error.message += "; and what " + had + "had could not be put back: " + undone.error().message;
  }
  for (const TableId table : undo.left_alone) {
    error.message +=
        "; not undone, since iptables cannot show all that is in it: " + had + std::string(table_name(table));
  }
  return error;
}

using CarryOut = Result<CommitStats> (*)(Backend&, Transaction&);

Result<CommitStats> carry_out_here(Chooser& chooser, const Context& context, const std::vector<Choice>& choices,
                                   Transaction& transaction, CarryOut carry_out) {
  if (choices.empty()) return CommitStats{};
  const std::span<const Choice> all(choices);
  if (choices.size() == 1 || same_backend(choices[0], choices[1])) {
    return carry_out(*chooser.open(context, all), transaction);
  }
  const Choice& begin = choices[first_of(choices)];
  const Choice& end = choices[1 - first_of(choices)];
  const auto first = chooser.open(context, {&begin, 1});
  const auto second = chooser.open(context, {&end, 1});
  Transaction first_part = take_family(transaction, begin.family);
  auto undo = read_undo(chooser, context, begin, first_part);
  if (!undo) return tl::unexpected(undo.error());
  auto first_done = carry_out(*first, first_part);
  if (!first_done) return first_done;
  auto second_done = carry_out(*second, transaction);
  if (second_done) return *first_done + *second_done;
  return tl::unexpected(with_undo(second_done.error(), begin.family, *first, *std::move(undo)));
}

Result<CommitStats> check_here(Chooser& chooser, const Context& context, const std::vector<Choice>& choices,
                               const Transaction& transaction) {
  for (const Choice& choice : choices) {
    const auto checked = chooser.open(context, {&choice, 1})->check(part_of(transaction, choice.family));
    if (!checked) return tl::unexpected(checked.error());
  }
  return CommitStats{.tables = static_cast<uint32_t>(transaction.changes.size()),
                     .rules = static_cast<uint32_t>(transaction.rule_count())};
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
  return as_owner(chooser, context, choices, [&](Chooser& own_chooser, const Context& own_context) {
    return carry_out_here(own_chooser, own_context, choices, transaction,
                          [](Backend& backend, Transaction& part) { return backend.commit(part); });
  });
}

Result<CommitStats> ensure(Chooser& chooser, const Context& context, const std::vector<Choice>& choices,
                           Transaction& wanted) {
  return as_owner(chooser, context, choices, [&](Chooser& own_chooser, const Context& own_context) {
    return carry_out_here(own_chooser, own_context, choices, wanted,
                          [](Backend& backend, Transaction& part) { return backend.ensure(part); });
  });
}

Result<Transaction> missing(Chooser& chooser, const Context& context, const std::vector<Choice>& choices,
                            const Transaction& wanted) {
  Transaction out;
  for (const Choice& choice : choices) {
    auto part = chooser.open(context, {&choice, 1})->missing(part_of(wanted, choice.family));
    if (!part) return part;
    std::ranges::move(part->changes, std::back_inserter(out.changes));
  }
  return out;
}

Result<CommitStats> check(Chooser& chooser, const Context& context, const std::vector<Choice>& choices,
                          const Transaction& transaction) {
  return as_owner(chooser, context, choices, [&](Chooser& own_chooser, const Context& own_context) {
    return check_here(own_chooser, own_context, choices, transaction);
  });
}

}  // namespace ferrule::engine

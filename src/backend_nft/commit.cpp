#include "backend_nft/commit.hpp"

#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "backend/difference.hpp"
#include "backend_nft/errors.hpp"
#include "backend_nft/kernel_reader.hpp"
#include "backend_nft/planner.hpp"
#include "backend_nft/snapshot.hpp"
#include "netlink/attributes.hpp"

namespace ferrule::nft {

using netlink::Attribute;
using netlink::attributes_of;
using netlink::BatchAnswer;

namespace {

// The name of the table or chain that a message of the batch is about.
std::string object_of(const nlmsghdr& message, Action action) {
  const uint16_t wanted = action <= Action::table_flush   ? uint16_t{NFTA_TABLE_NAME}
                          : action >= Action::rule_append ? uint16_t{NFTA_RULE_CHAIN}
                                                          : uint16_t{NFTA_CHAIN_NAME};
  for (const Attribute& attribute : attributes_of(message)) {
    if (attribute.type == wanted) return std::string(attribute.text());
  }
  return {};
}

// A refusal of the batch as such, or of something that shows only when all of it is there.
Error refusal_as_a_whole(int error_number, const Transaction& transaction) {
  Error error = reading_error(error_number);
  if (error.code != Code::kPermission && error_number != EOPNOTSUPP) {
    error.code = Code::kRefused;
    error.message = "the kernel refused the changes as a whole: " + errno_text(error_number);
  }
  error.origin.file = transaction.changes.front().file;
  return error;
}

Error error_of(const netlink::Refusal& refused, const Batch& batch, const Transaction& transaction) {
  const Step* step = batch.step(refused.sequence);
  if (step == nullptr) return refusal_as_a_whole(refused.errno_value, transaction);
  const TableChange& change = transaction.changes[step->change];
  Error error = refusal(step->action, refused.errno_value, object_of(*batch.message(refused.sequence), step->action));
  error.table = table_name(change.table);
  error.origin.file = change.file;
  error.origin.line =
      step->operation == Step::kNoOperation ? change.commit_line : change.operations[step->operation].line;
  return error;
}

// The refusal of the first line at fault, with those of all others, as iptables-nft lists them.
Error error_of(std::vector<netlink::Refusal> refusals, const Batch& batch, const Transaction& transaction) {
  std::ranges::sort(refusals, {}, &netlink::Refusal::sequence);
  Error error = error_of(refusals.front(), batch, transaction);
  unsigned line = error.origin.line;
  for (const netlink::Refusal& refused : refusals) {
    if (line == 0) break;
    Error other = error_of(refused, batch, transaction);
    if (other.origin.line <= line) continue;
    line = other.origin.line;
    error.also_refused.push_back({.origin = std::move(other.origin), .message = std::move(other.message)});
  }
  return error;
}

}  // namespace

bool is_conflict(const BatchAnswer& answer, const Batch& batch) {
  return !answer.refusals.empty() && answer.refusals.front().sequence == batch.first_sequence() &&
         answer.refusals.front().errno_value == ERESTART;
}

Result<Transaction> missing_now(netlink::Socket& socket, RuleMirror& mirror, const Transaction& wanted) {
  const auto now = read_tables_of(
      wanted, [&](Family family, TableId table) { return read_ruleset(socket, family, table, Objects::kLeaveOut); });
  if (!now) return tl::unexpected(now.error());
  return difference(*now, wanted, [&](const Rule& rule) { return mirror.read_back(rule); });
}

Fate fate_of(netlink::Socket& socket, const Transaction& transaction, uint32_t generation, Before before) {
  const auto now = read_generation(socket);
  if (!now) return Fate::kUnknown;
  if (*now == generation) return Fate::kNotDone;
  if (*now != generation + 1) return Fate::kUnknown;
  // One transaction went through since: this one or another program's.
  RuleMirror mirror;
  const auto missing = missing_now(socket, mirror, transaction);
  const auto still = read_generation(socket);
  if (!missing || !still || *still != *now) return Fate::kUnknown;
  if (!missing->changes.empty()) return Fate::kNotDone;
  return before == Before::kMissing ? Fate::kDone : Fate::kUnknown;
}

Error outcome_unknown(const Transaction& transaction, int error_number) {
  Error error{.code = Code::kOutcomeUnknown,
              .message = "the kernel worked on the changes, but its answer was lost: " + errno_text(error_number) +
                         "; read the rules and compare before trying again:",
              .errno_value = error_number,
              .backend = BackendKind::nft};
  for (const TableChange& change : transaction.changes) {
    error.message += " " + std::string(family_name(change.family)) + " " + std::string(table_name(change.table));
  }
  if (!transaction.changes.empty()) error.origin.file = transaction.changes.front().file;
  return error;
}

Result<Batch> plan(const Transaction& transaction, KernelView& view, netlink::Socket& socket) {
  auto batch = Planner(transaction, view).run();
  if (batch || batch.error().code == Code::kBusy) return batch;
  const auto now = read_generation(socket);
  if (!now || *now == view.generation()) return batch;
  return fail(Code::kBusy, "the rules have changed");
}

Result<bool> Commit::attempt() {
  if (auto ready = prepare(); !ready) {
    if (ready.error().code != Code::kBusy) return tl::unexpected(ready.error());
    batch_.reset();
    view_.reset();
    return false;
  }
  if (batch_->empty()) return true;
  const auto answer = socket_.send(batch_->pieces(), batch_->first_sequence(), batch_->last_sequence());
  if (!answer) return tl::unexpected(answer.error());
  switch (answer->end) {
    case BatchAnswer::End::kDone:
      return true;
    case BatchAnswer::End::kRefused:
      if (is_conflict(*answer, *batch_)) return false;
      return tl::unexpected(error_of(answer->refusals, *batch_, transaction_));
    case BatchAnswer::End::kLost:
      break;
  }
  return settle(answer->error_number);
}

Result<bool> Commit::settle(int error_number) {
  const uint32_t generation = view_->generation();
  const bool was_missing = made_for_.has_value() || view_->has_no_tables();
  batch_.reset();
  view_.reset();
  // The kernel forgets such a batch whatever it says of it.
  if (ending_ == Batch::Ending::kTryOnly) return false;
  switch (fate_of(socket_, transaction_, generation, was_missing ? Before::kMissing : Before::kNotKnown)) {
    case Fate::kDone:
      return true;
    case Fate::kNotDone:
      return false;
    case Fate::kUnknown:
      break;
  }
  return tl::unexpected(outcome_unknown(transaction_, error_number));
}

Result<void> Commit::prepare() {
  if (batch_ && view_) {
    const auto holds = view_->still_holds();
    if (!holds) return tl::unexpected(holds.error());
    if (*holds) {
      batch_->set_generation(view_->generation());
      return {};
    }
  }
  auto view = KernelView::open(socket_);
  if (!view) return tl::unexpected(view.error());
  if (made_for_ && view->generation() != *made_for_) return fail(Code::kBusy, "the rules have changed");
  view_.emplace(std::move(*view));
  auto batch = plan(transaction_, *view_, socket_);
  if (!batch) return tl::unexpected(batch.error());
  batch_.emplace(std::move(*batch));
  batch_->finish(ending_);
  return {};
}

}  // namespace ferrule::nft

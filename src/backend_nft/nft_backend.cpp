#include "backend_nft/nft_backend.hpp"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "backend/foreign_rules.hpp"
#include "backend_nft/kernel_view.hpp"
#include "backend_nft/planner.hpp"
#include "backend_nft/snapshot.hpp"

namespace ferrule::nft {
namespace {

// Each attempt that fails means that somebody else's change went through.
constexpr uint32_t kAttempts = 1000;

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

Error error_of(const NetlinkSocket::Refusal& refused, const Batch& batch, const Transaction& transaction) {
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
Error error_of(std::vector<NetlinkSocket::Refusal> refusals, const Batch& batch, const Transaction& transaction) {
  std::ranges::sort(refusals, {}, &NetlinkSocket::Refusal::sequence);
  Error error = error_of(refusals.front(), batch, transaction);
  unsigned line = error.origin.line;
  for (const NetlinkSocket::Refusal& refused : refusals) {
    if (line == 0) break;
    Error other = error_of(refused, batch, transaction);
    if (other.origin.line <= line) continue;
    line = other.origin.line;
    error.also_refused.push_back({.origin = std::move(other.origin), .message = std::move(other.message)});
  }
  return error;
}

bool is_conflict(const NetlinkSocket::Refusal& refused) {
  return refused.sequence == Batch::kBeginSequence && refused.errno_value == ERESTART;
}

CommitStats stats_of(const Transaction& transaction, uint32_t retries) {
  return {.tables = static_cast<uint32_t>(transaction.changes.size()),
          .rules = static_cast<uint32_t>(transaction.rule_count()),
          .retries = retries};
}

// One transaction on its way to the kernel.
class Sending {
 public:
  Sending(const Transaction& transaction, Batch::Ending ending, NetlinkSocket& socket)
      : transaction_(transaction), ending_(ending), socket_(socket) {}

  // Whether closing the socket will take no time: nothing was taken away and nothing was forgotten again.
  bool leaves_nothing_behind() const { return batch_ && !batch_->deletes() && ending_ == Batch::Ending::kCommit; }

  // True when it is through, false when somebody else was faster.
  Result<bool> attempt() {
    if (auto ready = prepare(); !ready) {
      if (ready.error().code != Code::kBusy) return tl::unexpected(ready.error());
      batch_.reset();
      view_.reset();
      return false;
    }
    if (batch_->empty()) return true;
    const auto refusals = socket_.send(*batch_);
    if (!refusals) return tl::unexpected(refusals.error());
    if (refusals->empty()) return true;
    if (is_conflict(refusals->front())) return false;
    return tl::unexpected(error_of(*refusals, *batch_, transaction_));
  }

 private:
  // Leaves a batch that fits the kernel's state; the last one where that has not changed in any way that matters.
  Result<void> prepare() {
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
    view_.emplace(std::move(*view));
    auto batch = Planner(transaction_, *view_).run();
    if (!batch) return tl::unexpected(batch.error());
    batch_.emplace(std::move(*batch));
    batch_->finish(ending_);
    return {};
  }

  const Transaction& transaction_;
  Batch::Ending ending_;
  NetlinkSocket& socket_;
  std::optional<KernelView> view_;
  std::optional<Batch> batch_;
};

}  // namespace

Result<Ruleset> NftBackend::snapshot(Family family, std::optional<TableId> only) {
  auto socket = NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  return read_ruleset(*socket, family, only);
}

Result<CommitStats> NftBackend::send(const Transaction& transaction, Batch::Ending ending) {
  if (auto known = refuse_foreign_rules(transaction); !known) return tl::unexpected(known.error());
  if (transaction.changes.empty()) return CommitStats{};
  auto socket = NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  Result<CommitStats> result = fail(Code::kBusy, "somebody else keeps changing the rules");
  bool closes_at_once = false;
  {
    Sending sending(transaction, ending, *socket);
    for (uint32_t retries = 0; retries < kAttempts; ++retries) {
      const auto through = sending.attempt();
      if (!through) {
        result = tl::unexpected(through.error());
        break;
      }
      if (*through) {
        result = stats_of(transaction, retries);
        closes_at_once = retries == 0 && sending.leaves_nothing_behind();
        break;
      }
    }
  }
  if (done_with_ && !closes_at_once) done_with_(std::move(*socket));
  return result;
}

Result<CommitStats> NftBackend::commit(Transaction& transaction) { return send(transaction, Batch::Ending::kCommit); }

Result<void> NftBackend::check(const Transaction& transaction) {
  const auto sent = send(transaction, Batch::Ending::kTryOnly);
  if (!sent) return tl::unexpected(sent.error());
  return {};
}

}  // namespace ferrule::nft

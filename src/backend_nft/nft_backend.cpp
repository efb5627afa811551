#include "backend_nft/nft_backend.hpp"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "backend/difference.hpp"
#include "backend/foreign_rules.hpp"
#include "backend_nft/kernel_reader.hpp"
#include "backend_nft/kernel_view.hpp"
#include "backend_nft/planner.hpp"
#include "backend_nft/read_back.hpp"
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
  // `made_for`: the only generation that the transaction is meant for, where there is one.
  Sending(const Transaction& transaction, Batch::Ending ending, NetlinkSocket& socket,
          std::optional<uint32_t> made_for = {})
      : transaction_(transaction), ending_(ending), socket_(socket), made_for_(made_for) {}

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
    if (made_for_ && view->generation() != *made_for_) return fail(Code::kBusy, "the rules have changed");
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
  std::optional<uint32_t> made_for_;
  std::optional<KernelView> view_;
  std::optional<Batch> batch_;
};

// A socket that goes to whoever has the time to close it.
class Socket {
 public:
  Socket(NetlinkSocket socket, const NftBackend::SocketTaker& taker) : socket_(std::move(socket)), taker_(&taker) {}
  ~Socket() {
    if (taker_ != nullptr && *taker_) (*taker_)(std::move(socket_));
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  NetlinkSocket& operator*() { return socket_; }
  void close_at_once() { taker_ = nullptr; }

 private:
  NetlinkSocket socket_;
  const NftBackend::SocketTaker* taker_;
};

// How often `attempt` was too late before it went through.
template <typename Attempt>
Result<uint32_t> until_through(const Attempt& attempt) {
  for (uint32_t retries = 0; retries < kAttempts; ++retries) {
    const auto through = attempt();
    if (!through) return tl::unexpected(through.error());
    if (*through) return retries;
  }
  return fail(Code::kBusy, "somebody else keeps changing the rules");
}

Result<Batch> draft_batch(const Transaction& transaction, NetlinkSocket& socket) {
  auto view = KernelView::open(socket);
  if (!view) return tl::unexpected(view.error());
  auto batch = Planner(transaction, *view).run();
  if (batch) batch->finish(Batch::Ending::kCommit);
  return batch;
}

std::vector<DraftMessage> messages_of(const Batch& batch) {
  std::vector<DraftMessage> messages;
  for (const iovec& piece : batch.pieces()) {
    const Bytes bytes(static_cast<const std::byte*>(piece.iov_base), piece.iov_len);
    for (size_t at = 0; at < bytes.size();) {
      const auto& message = *reinterpret_cast<const nlmsghdr*>(bytes.data() + at);
      const Bytes whole = bytes.subspan(at, message.nlmsg_len);
      at += MNL_ALIGN(message.nlmsg_len);
      const Step* step = batch.step(message.nlmsg_seq);
      if (step == nullptr) continue;
      messages.push_back({.change = step->change, .operation = step->operation, .bytes = {whole.begin(), whole.end()}});
    }
  }
  return messages;
}

Result<Transaction> missing_now(NetlinkSocket& socket, RuleMirror& mirror, const Transaction& wanted) {
  const auto now =
      read_tables_of(wanted, [&](Family family, TableId table) { return read_ruleset(socket, family, table); });
  if (!now) return tl::unexpected(now.error());
  return difference(*now, wanted, [&](const Rule& rule) { return mirror.read_back(rule); });
}

}  // namespace

Result<Ruleset> NftBackend::snapshot(Family family, std::optional<TableId> only) {
  auto socket = NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  return read_ruleset(*socket, family, only);
}

Result<Table> NftBackend::chain(Family family, TableId table, const ChainName& name) {
  auto socket = NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  return read_one_chain(*socket, family, table, name);
}

Result<CommitStats> NftBackend::send(const Transaction& transaction, Batch::Ending ending) {
  if (auto known = refuse_foreign_rules(transaction); !known) return tl::unexpected(known.error());
  if (transaction.changes.empty()) return CommitStats{};
  auto socket = NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  Socket kept(*std::move(socket), done_with_);
  Sending sending(transaction, ending, *kept);
  const auto retries = until_through([&] { return sending.attempt(); });
  if (!retries) return tl::unexpected(retries.error());
  if (*retries == 0 && sending.leaves_nothing_behind()) kept.close_at_once();
  return stats_of(transaction, *retries);
}

Result<CommitStats> NftBackend::ensure(const Transaction& wanted) {
  auto socket = NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  Socket kept(*std::move(socket), done_with_);
  RuleMirror mirror;
  CommitStats stats;
  bool leaves_nothing_behind = true;
  const auto retries = until_through([&]() -> Result<bool> {
    const auto generation = read_generation(*kept);
    if (!generation) return tl::unexpected(generation.error());
    const auto missing = missing_now(*kept, mirror, wanted);
    if (!missing) return tl::unexpected(missing.error());
    stats = stats_of(*missing, 0);
    if (missing->changes.empty()) return true;
    Sending sending(*missing, Batch::Ending::kCommit, *kept, *generation);
    auto through = sending.attempt();
    leaves_nothing_behind = through && *through && sending.leaves_nothing_behind();
    return through;
  });
  if (!retries) return tl::unexpected(retries.error());
  if (*retries == 0 && leaves_nothing_behind) kept.close_at_once();
  stats.retries = *retries;
  return stats;
}

Result<Transaction> NftBackend::missing(const Transaction& wanted) {
  auto socket = NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  RuleMirror mirror;
  return missing_now(*socket, mirror, wanted);
}

Result<CommitStats> NftBackend::commit(Transaction& transaction) { return send(transaction, Batch::Ending::kCommit); }

Result<void> NftBackend::check(const Transaction& transaction) {
  const auto sent = send(transaction, Batch::Ending::kTryOnly);
  if (!sent) return tl::unexpected(sent.error());
  return {};
}

Result<std::vector<DraftMessage>> NftBackend::draft(const Transaction& transaction) {
  if (auto known = refuse_foreign_rules(transaction); !known) return tl::unexpected(known.error());
  auto socket = NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  std::vector<DraftMessage> messages;
  const auto retries = until_through([&]() -> Result<bool> {
    auto batch = draft_batch(transaction, *socket);
    if (!batch && batch.error().code == Code::kBusy) return false;
    if (!batch) return tl::unexpected(batch.error());
    messages = messages_of(*batch);
    return true;
  });
  if (!retries) return tl::unexpected(retries.error());
  return messages;
}

}  // namespace ferrule::nft

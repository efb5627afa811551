#include "backend_nft/nft_backend.hpp"

#include <linux/netlink.h>

#include <chrono>
#include <utility>
#include <vector>

#include "backend/foreign_rules.hpp"
#include "backend_nft/commit.hpp"
#include "backend_nft/kernel_reader.hpp"
#include "backend_nft/kernel_view.hpp"
#include "backend_nft/read_back.hpp"
#include "backend_nft/snapshot.hpp"

namespace ferrule::nft {
namespace {

// Each attempt that fails means that another program's change went through.
constexpr uint32_t kAttempts = 1000;
// In all. A pod that keeps changing its rules makes its own set-up fail, not its agent wait.
constexpr std::chrono::seconds kTimeLimit{60};

CommitStats stats_of(const Transaction& transaction, uint32_t retries) {
  return {.tables = static_cast<uint32_t>(transaction.changes.size()),
          .rules = static_cast<uint32_t>(transaction.rule_count()),
          .retries = retries};
}

// A socket that is handed to the taker when it is done with.
class Socket {
 public:
  Socket(netlink::Socket socket, const NftBackend::SocketTaker& taker) : socket_(std::move(socket)), taker_(&taker) {}
  ~Socket() {
    if (taker_ != nullptr && *taker_) (*taker_)(std::move(socket_));
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  netlink::Socket& operator*() { return socket_; }
  void close_at_once() { taker_ = nullptr; }

 private:
  netlink::Socket socket_;
  const NftBackend::SocketTaker* taker_;
};

// How often `attempt` was too late before it went through.
template <typename Attempt>
Result<uint32_t> until_through(const Attempt& attempt) {
  const auto end = std::chrono::steady_clock::now() + kTimeLimit;
  for (uint32_t retries = 0; retries < kAttempts && std::chrono::steady_clock::now() < end; ++retries) {
    const auto through = attempt();
    if (!through) return tl::unexpected(through.error());
    if (*through) return retries;
  }
  return fail(Code::kBusy, "another program keeps changing the rules");
}

Result<Batch> draft_batch(const Transaction& transaction, netlink::Socket& socket) {
  auto view = KernelView::open(socket);
  if (!view) return tl::unexpected(view.error());
  auto batch = plan(transaction, *view, socket);
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
      // iptables-nft asks for no acknowledgement.
      auto* copy = reinterpret_cast<nlmsghdr*>(messages.back().bytes.data());
      copy->nlmsg_flags = static_cast<uint16_t>(copy->nlmsg_flags & ~NLM_F_ACK);
    }
  }
  return messages;
}

}  // namespace

Result<Ruleset> NftBackend::snapshot(Family family, std::optional<TableId> only) {
  auto socket = netlink::Socket::open();
  if (!socket) return tl::unexpected(socket.error());
  return read_ruleset(*socket, family, only, Objects::kName);
}

Result<Table> NftBackend::chain(Family family, TableId table, const ChainName& name) {
  auto socket = netlink::Socket::open();
  if (!socket) return tl::unexpected(socket.error());
  return read_one_chain(*socket, family, table, name);
}

Result<CommitStats> NftBackend::send(const Transaction& transaction, Batch::Ending ending) {
  if (auto known = refuse_foreign_rules(transaction); !known) return tl::unexpected(known.error());
  if (transaction.changes.empty()) return CommitStats{};
  auto socket = netlink::Socket::open();
  if (!socket) return tl::unexpected(socket.error());
  Socket kept(*std::move(socket), done_with_);
  Commit commit(transaction, ending, *kept);
  const auto retries = until_through([&] { return commit.attempt(); });
  if (!retries) return tl::unexpected(retries.error());
  if (*retries == 0 && commit.leaves_nothing_behind()) kept.close_at_once();
  return stats_of(transaction, *retries);
}

Result<CommitStats> NftBackend::ensure(const Transaction& wanted) {
  auto socket = netlink::Socket::open();
  if (!socket) return tl::unexpected(socket.error());
  Socket kept(*std::move(socket), done_with_);
  RuleMirror mirror;
  CommitStats stats;
  bool leaves_nothing_behind = true;
  const auto retries = until_through([&]() -> Result<bool> {
    const auto generation = read_generation(*kept);
    if (!generation) return tl::unexpected(generation.error());
    const auto missing = missing_now(*kept, mirror, wanted);
    if (!missing) {
      // Where the rules have changed meanwhile, an error about them means nothing.
      const auto now = read_generation(*kept);
      if (now && *now != *generation) return false;
      return tl::unexpected(missing.error());
    }
    stats = stats_of(*missing, 0);
    if (missing->changes.empty()) return true;
    Commit commit(*missing, Batch::Ending::kCommit, *kept, *generation);
    auto through = commit.attempt();
    leaves_nothing_behind = through && *through && commit.leaves_nothing_behind();
    return through;
  });
  if (!retries) return tl::unexpected(retries.error());
  if (*retries == 0 && leaves_nothing_behind) kept.close_at_once();
  stats.retries = *retries;
  return stats;
}

Result<Transaction> NftBackend::missing(const Transaction& wanted) {
  auto socket = netlink::Socket::open();
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
  auto socket = netlink::Socket::open();
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

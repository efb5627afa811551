// Committing a transaction: plan, send, and find out what became of it.
#pragma once

#include <cstdint>
#include <optional>

#include "backend/backend.hpp"
#include "backend_nft/batch.hpp"
#include "backend_nft/kernel_view.hpp"
#include "backend_nft/read_back.hpp"
#include "ferrule/error.hpp"
#include "ferrule/transaction.hpp"
#include "netlink/socket.hpp"

namespace ferrule::nft {

// Whether the kernel refused the batch because its ruleset is of another generation by now.
bool is_conflict(const netlink::BatchAnswer& answer, const Batch& batch);

// What of `wanted` is missing now; see Backend::missing.
Result<Transaction> missing_now(netlink::Socket& socket, RuleMirror& mirror, const Transaction& wanted);

// What became of a batch whose answer was lost.
enum class Fate : uint8_t { kDone, kNotDone, kUnknown };

// Whether what a batch was to bring about was there before it was sent.
enum class Before : uint8_t { kMissing, kNotKnown };

// Reads back: a batch for `generation` that was carried out has made the next one. kDone or kNotDone only where nothing
// else can have come between.
Fate fate_of(netlink::Socket& socket, const Transaction& transaction, uint32_t generation, Before before);

// kOutcomeUnknown, naming the tables to look at.
Error outcome_unknown(const Transaction& transaction, int error_number);

// One transaction on its way to the kernel. Not thread-safe; everything that it is made of must outlive it.
class Commit {
 public:
  // `made_for`: the only generation that the transaction is meant for, where there is one; then it changes something.
  Commit(const Transaction& transaction, Batch::Ending ending, netlink::Socket& socket,
         std::optional<uint32_t> made_for = {})
      : transaction_(transaction), ending_(ending), socket_(socket), made_for_(made_for) {}

  // True when the transaction is through, false when the rules have changed meanwhile: try again. An error says that
  // nothing has changed, or is kOutcomeUnknown.
  Result<bool> attempt();

  // Whether closing the socket will take no time: nothing was taken away and nothing was forgotten again.
  bool leaves_nothing_behind() const { return batch_ && !batch_->deletes() && ending_ == Batch::Ending::kCommit; }

 private:
  // Leaves a batch that fits the kernel's state; the last one where that has not changed in any way that matters.
  Result<void> prepare();
  Result<bool> settle(int error_number);

  const Transaction& transaction_;
  Batch::Ending ending_;
  netlink::Socket& socket_;
  std::optional<uint32_t> made_for_;
  std::optional<KernelView> view_;
  std::optional<Batch> batch_;
};

// Plans `transaction` for what the kernel holds now. kBusy where the rules changed while they were read: an error of
// the planner counts only when its reason is still there.
Result<Batch> plan(const Transaction& transaction, KernelView& view, netlink::Socket& socket);

}  // namespace ferrule::nft

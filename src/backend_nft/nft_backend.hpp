// NftBackend: nf_tables, in the form of iptables-nft 1.8.9. A transaction is one batch, both families included: all of
// it happens or nothing does.
#pragma once

#include <functional>
#include <optional>

#include "backend/backend.hpp"
#include "backend_nft/batch.hpp"
#include "netlink/socket.hpp"

namespace ferrule::nft {

class NftBackend : public Backend {
 public:
  // Gets each socket that has sent a batch which takes something away, or was refused, and is not needed any more.
  // Closing it there and then may take as long as an RCU grace period (10 to 25 ms); it may be closed later, and by any
  // thread. It keeps its namespace alive meanwhile.
  using SocketTaker = std::function<void(netlink::Socket)>;

  // Without a taker, sockets are closed at once.
  explicit NftBackend(SocketTaker done_with = {}) : done_with_(std::move(done_with)) {}

  // Everything is of one generation. Code::kUnsupported where the kernel has no nf_tables.
  Result<Ruleset> snapshot(Family family, std::optional<TableId> only) override;

  Result<Table> chain(Family family, TableId table, const ChainName& name) override;

  // Starts over, a limited number of times, when somebody else changed rules between reading and writing; kBusy after
  // that. The rules stay in `transaction`.
  Result<CommitStats> commit(Transaction& transaction) override;

  // What is missing is of the generation that it is sent for.
  Result<CommitStats> ensure(const Transaction& wanted) override;
  Result<Transaction> missing(const Transaction& wanted) override;

  // Lets the kernel go through the batch up to its end, which is left out, so that it forgets it (`nft --check` does
  // the same). It refuses what it would refuse. For that moment hooks of new base chains are registered, empty; the
  // ruleset and its generation do not change. Costs what an aborted commit costs.
  Result<void> check(const Transaction& transaction) override;

  Result<std::vector<DraftMessage>> draft(const Transaction& transaction) override;

 private:
  Result<CommitStats> send(const Transaction& transaction, Batch::Ending ending);

  SocketTaker done_with_;
};

}  // namespace ferrule::nft

// Backend: one way to read and change the kernel's rules.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ferrule/error.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule {

// What a commit did.
struct CommitStats {
  uint32_t tables = 0;   // tables written
  uint32_t rules = 0;    // rules in the operations carried out
  uint32_t retries = 0;  // times it started over because somebody else changed the rules
};

// Works in the network namespace that the calling thread is in; whoever calls has entered it (netns/netns.hpp).
// Not thread-safe: one object per call. Never prints, never exits.
class Backend {
 public:
  virtual ~Backend() = default;

  // A consistent copy of the tables that exist (of `only`, when given; base chains are made up where the kernel does
  // not have them yet). Creates nothing. An unknown extension is kept as bytes.
  virtual Result<Ruleset> snapshot(Family family, std::optional<TableId> only) = 0;

  // One chain of a table: all that `snapshot` says of it, and nothing of the others. See Engine::chain.
  virtual Result<Table> chain(Family family, TableId table, const ChainName& name);

  // Carries out every change of `transaction`, in order. On error nothing has changed and Error::origin names the line
  // (and TableChange::file) of the operation at fault. Takes `transaction` apart as it goes, so that tens of thousands
  // of rules are never in memory twice; the caller copies first if it wants to keep it.
  virtual Result<CommitStats> commit(Transaction& transaction) = 0;

  // Makes the tables that `wanted` names what it says of them, as Engine::ensure tells, and writes only what is
  // missing; nothing where nothing is (no tables in the answer then). On error nothing has changed.
  virtual Result<CommitStats> ensure(const Transaction& wanted) = 0;

  // What `ensure` would carry out now. Changes nothing.
  virtual Result<Transaction> missing(const Transaction& wanted) = 0;

  // Whether `commit` would be accepted, as far as the kernel can be asked without changing anything.
  virtual Result<void> check(const Transaction& transaction) = 0;

  // The messages that `commit` would send, where it sends any. Changes nothing.
  virtual Result<std::vector<DraftMessage>> draft(const Transaction& /*transaction*/) {
    return fail(Code::kUnsupported, "only changes of nf_tables are sent as messages");
  }
};

// Takes out all that is about other chains.
void keep_only(Table& table, const ChainName& name);

}  // namespace ferrule

// What -vv adds with nf_tables: the rules that iptables-nft reads, and what it sends.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "ferrule/command.hpp"
#include "ferrule/engine.hpp"
#include "ferrule/transaction.hpp"
#include "iptables/dump/nft_batch.hpp"
#include "iptables/dump/nft_cache.hpp"

namespace ferrule::cli {

// The operations of a command, and what is read for them and for its listing.
std::vector<Operation> nft_operations_of(const Command& command);
NftReading nft_reading_of(const Command& command);

// One table's worth of commands.
class NftDump {
 public:
  NftDump(const NftPlace& place, unsigned verbose, NftReading reading);

  // To be printed before anything else.
  std::string rules_read() const { return table_ ? reading_.text(place_, *table_) : std::string(); }

  // How the operations come to be.
  struct Sending {
    NftBatch::Begin begin = NftBatch::Begin::kAsItIs;
    // Every chain is flushed and deleted by name first, in the first operations of the transaction.
    size_t emptying = 0;
    // The chains were listed before.
    bool listed = false;
    std::function<NftBatch::Naming(const Operation&)> naming = {};  // all by name where there is none
  };
  // What is sent for `operations`. `drafts` are ferrule's own messages for them.
  std::string batch_sent(std::span<const Operation> operations, std::span<const DraftMessage> drafts,
                         const Sending& sending, uint32_t& last_id) const;

 private:
  NftPlace place_;
  unsigned verbose_;
  NftReading reading_;
  std::optional<NftKernelTable> table_;
};

}  // namespace ferrule::cli

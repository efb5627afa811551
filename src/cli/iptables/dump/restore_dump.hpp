// What -vv adds to iptables-nft-restore: it shows what it reads and sends of a table as the last command before the
// COMMIT has it, be it of that table or of one before.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ferrule/command.hpp"
#include "ferrule/context.hpp"
#include "ferrule/engine.hpp"
#include "iptables/dump/nft_dump.hpp"

namespace ferrule::cli {

class RestoreDump {
 public:
  // `verbose`: of all commands.
  explicit RestoreDump(unsigned verbose) : verbose_(verbose) {}

  // The two in turn for each table: of the change as it was read, and of the one that is going to be applied, which may
  // begin with operations that empty the table.
  std::string rules_read(const TableChange& change, std::span<const PrintingLine> printing);
  std::string batch_sent(const Engine& engine, const Context& context, const Transaction& transaction);

 private:
  NftReading reading(const TableChange& change) const;
  NftBatch::Naming naming(const Operation& operation) const;

  unsigned verbose_;
  unsigned last_verbose_ = 0;  // of the last command
  uint32_t last_id_ = 0;
  std::span<const PrintingLine> printing_ = {};  // of the table
  size_t operations_ = 0;                        // of its change as it was read
  std::optional<NftDump> dump_ = {};
};

}  // namespace ferrule::cli

#include "iptables/dump/restore_dump.hpp"

#include <algorithm>

namespace ferrule::cli {
namespace {

constexpr uint32_t kLists = static_cast<uint32_t>(Verb::kList) | static_cast<uint32_t>(Verb::kListRules);

bool is_command(const Operation& operation) { return operation.kind != Operation::Kind::declare_chain; }

}  // namespace

// With -v, all chains are deleted first, for which iptables-nft reads what they hold.
NftReading RestoreDump::reading(const TableChange& change) const {
  NftReading reading;
  if (verbose_ != 0) {
    reading.add(Operation::delete_all_chains());
  } else if (change.existing == Existing::kReplace) {
    return reading;
  }
  for (const Operation& operation : change.operations) reading.add(operation);
  for (const PrintingLine& line : printing_) {
    if ((line.command.verbs & kLists) != 0) reading.add_listing(line.command.chain);
  }
  return reading;
}

std::string RestoreDump::rules_read(const TableChange& change, std::span<const PrintingLine> printing) {
  printing_ = printing;
  operations_ = change.operations.size();
  const auto last = std::find_if(change.operations.rbegin(), change.operations.rend(), is_command);
  const uint32_t operation_line = last == change.operations.rend() ? 0 : last->line;
  const uint32_t printing_line = printing.empty() ? 0 : printing.back().line;
  if (std::max(operation_line, printing_line) != 0) {
    last_verbose_ = verbose_ + (printing_line >= operation_line ? printing.back().command.verbose : 0);
  }
  dump_.reset();
  if (last_verbose_ < 2) return {};
  dump_.emplace(NftPlace{change.family, change.table}, last_verbose_, reading(change));
  return dump_->rules_read();
}

NftBatch::Naming RestoreDump::naming(const Operation& operation) const {
  const auto line = std::ranges::lower_bound(printing_, operation.line, {}, &PrintingLine::line);
  const bool own = line != printing_.end() && line->line == operation.line && line->command.verbose != 0;
  return verbose_ != 0 || own ? NftBatch::Naming::kByName : NftBatch::Naming::kSilent;
}

std::string RestoreDump::batch_sent(const Engine& engine, const Context& context, const Transaction& transaction) {
  if (!dump_) return {};
  const TableChange& change = transaction.changes.front();
  const auto drafts = engine.draft(context, transaction);
  if (!drafts) return {};
  const bool anew = change.existing == Existing::kReplace;
  return dump_->batch_sent(change.operations, *drafts,
                           {.begin = anew ? NftBatch::Begin::kAnew : NftBatch::Begin::kAsItIs,
                            .emptying = change.operations.size() - operations_,
                            .naming = [&](const Operation& operation) { return naming(operation); }},
                           last_id_);
}

}  // namespace ferrule::cli

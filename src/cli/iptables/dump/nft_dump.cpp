#include "iptables/dump/nft_dump.hpp"

#include <utility>

namespace ferrule::cli {
namespace {

constexpr uint32_t kLists = static_cast<uint32_t>(Verb::kList) | static_cast<uint32_t>(Verb::kListRules);

}  // namespace

std::vector<Operation> nft_operations_of(const Command& command) {
  Command changing = command;
  changing.verbs &= ~kLists;
  // The number of a listing is not that of the -Z beside it.
  if (changing.has(Verb::kZero)) changing.number = 0;
  std::vector<Operation> operations;
  if (changing.verbs != 0 && !append_operations(std::move(changing), 0, operations)) operations.clear();
  return operations;
}

NftReading nft_reading_of(const Command& command) {
  NftReading reading;
  if ((command.verbs & kLists) != 0) reading.add_listing(command.chain);
  for (const Operation& operation : nft_operations_of(command)) reading.add(operation);
  return reading;
}

NftDump::NftDump(const NftPlace& place, unsigned verbose, NftReading reading)
    : place_(place), verbose_(verbose), reading_(std::move(reading)) {
  std::function<bool(std::string_view)> wants_rules;
  if (reading_.reads_rules()) wants_rules = [this](std::string_view chain) { return reading_.reads_rules_of(chain); };
  table_ = read_nft_kernel_table(place, wants_rules);
}

std::string NftDump::batch_sent(std::span<const Operation> operations, std::span<const DraftMessage> drafts,
                                const Sending& sending, uint32_t& last_id) const {
  if (!table_) return {};
  NftBatch batch(place_, *table_, sending.begin, last_id);
  if (sending.listed) batch.pretend_base_chains();
  if (sending.emptying != 0) {
    batch.add(Operation::flush_all(), {}, NftBatch::Naming::kByName);
    batch.add(Operation::delete_all_chains(), {}, NftBatch::Naming::kByName);
  }
  auto draft = drafts.begin();
  for (size_t i = sending.emptying; i < operations.size(); ++i) {
    std::vector<const DraftMessage*> own;
    while (draft != drafts.end() && (draft->operation == DraftMessage::kNoOperation || draft->operation < i)) ++draft;
    for (; draft != drafts.end() && draft->operation == i; ++draft) own.push_back(&*draft);
    batch.add(operations[i], own, sending.naming ? sending.naming(operations[i]) : NftBatch::Naming::kByName);
  }
  last_id = batch.last_id();
  return batch.text(verbose_);
}

}  // namespace ferrule::cli

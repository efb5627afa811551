// A plan as text.
#include "backend_legacy/blob.hpp"
#include "backend_nft/listing.hpp"
#include "engine/plan_contents.hpp"
#include "ferrule/text.hpp"

namespace ferrule::engine {
namespace {

// The rules as iptables-save would show them after the plan: read from the bytes, not from the transaction.
std::string dump(const legacy::PrebuiltTable& table) {
  const legacy::TableInfo& info = table.forward.info();
  const TableId id = table.forward.table();
  std::string out = "replace " + std::string(family_name(table.family)) + " table " + std::string(table_name(id)) +
                    ": " + std::to_string(info.entry_count) + " entries, " + std::to_string(info.size) +
                    " bytes, expecting " + std::to_string(table.back.info().entry_count) + " entries\n";
  auto read = legacy::read_blob(table.family, id, info, table.forward.entries());
  if (!read) return out + read.error().message + "\n";
  Ruleset ruleset{.family = table.family};
  ruleset.tables.push_back(*std::move(read));
  out += to_save_text(ruleset);
  if (!table.counters.empty()) out += "add counters: " + std::to_string(table.counters.size()) + "\n";
  return out;
}

std::string dump(const nft::Batch& batch) {
  return "batch: " + std::to_string(batch.message_count()) + " messages, " + std::to_string(batch.size()) + " bytes\n" +
         nft::list_messages(batch);
}

}  // namespace

std::string dump(const PlanContents& plan) {
  if (!plan.written.why_not.empty()) return "nothing is written out beforehand: " + plan.written.why_not + "\n";
  std::string out;
  for (const FamilyReport& family : plan.written.report.families) {
    out += std::string(family_name(family.family)) + ": " + std::string(backend_name(family.backend)) + ": " +
           family.reason + "\n";
  }
  if (const auto* batch = std::get_if<nft::Batch>(&plan.written.bytes)) out += dump(*batch);
  if (const auto* tables = std::get_if<legacy::PrebuiltTables>(&plan.written.bytes)) {
    for (const legacy::PrebuiltTable& table : *tables) out += dump(table);
  }
  return out;
}

}  // namespace ferrule::engine

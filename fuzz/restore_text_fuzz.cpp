// Fuzzes the restore grammar of both families: whatever the bytes, it either fails with an error or gives rules that
// print as text which parses to the same bytes again.
#include <cstdlib>

#include "ferrule/text.hpp"

namespace {

using ferrule::Family;

void check_rule(Family family, const ferrule::Operation& operation) {
  if (!operation.rule || operation.rule->foreign_text()) return;
  const std::string line = ferrule::to_rule_text(*operation.rule, "chain");
  const auto again = ferrule::parse_restore(family, "*filter\n" + line + "\nCOMMIT\n");
  // Names and options that only print in a lossy way may not parse again, but what does must be the same rule.
  if (!again || again->changes.at(0).operations.empty()) return;
  const auto& back = again->changes.at(0).operations.at(0).rule;
  if (back && ferrule::to_rule_text(*back, "chain") != line) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto parsed = ferrule::parse_restore(family, text, {.counters = ferrule::CounterUse::kRestore});
    if (!parsed) continue;
    for (const ferrule::TableChange& change : parsed->changes) {
      for (const ferrule::Operation& operation : change.operations) check_rule(family, operation);
    }
  }
  return 0;
}

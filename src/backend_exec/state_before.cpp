#include "backend_exec/state_before.hpp"

#include <algorithm>

namespace ferrule::exec {
namespace {

void declare(const Chain& chain, TableChange& out) {
  out.operations.push_back(
      Operation::declare_chain(chain.name, chain.hook ? std::optional(chain.policy) : std::nullopt, chain.counters));
}

void append_rules(const Chain& chain, TableChange& out) {
  for (const Rule& rule : chain.rules) out.operations.push_back(Operation::append(chain.name, rule));
}

// The kernel has no empty legacy tables, only ones in which every policy lets packets pass.
void declare_base_chains(TableChange& out) {
  for (const Hook hook : {Hook::prerouting, Hook::input, Hook::forward, Hook::output, Hook::postrouting}) {
    if (table_has_hook(out.table, hook)) declare({.name = ChainName(hook_name(hook)), .hook = hook}, out);
  }
}

std::string label(const TableChange& change) {
  std::string out(family_name(change.family));
  return out.append(" ").append(table_name(change.table));
}

}  // namespace

const StateBefore::Saved* StateBefore::find(const TableChange& change) const {
  const auto found = std::find_if(saved_.begin(), saved_.end(), [&](const Saved& saved) {
    return saved.back.family == change.family && saved.back.table == change.table;
  });
  return found == saved_.end() ? nullptr : &*found;
}

void StateBefore::add(const TableChange& change, const Ruleset& ruleset, detect::Variant variant) {
  if (find(change) != nullptr) return;
  Saved saved{.back = {.family = change.family, .table = change.table, .existing = Existing::kReplace}};
  if (const Table* table = ruleset.find(change.table)) {
    saved.can_be_said = !table->incompatible && table->foreign.empty();
    for (const Chain& chain : table->chains) declare(chain, saved.back);
    for (const Chain& chain : table->chains) append_rules(chain, saved.back);
  } else if (variant != detect::Variant::nft) {
    declare_base_chains(saved.back);
  }
  saved_.push_back(std::move(saved));
}

std::vector<const TableChange*> StateBefore::way_back(const std::vector<const TableChange*>& undone) const {
  std::vector<const TableChange*> out;
  for (size_t i = undone.size(); i-- > 0;) {
    const Saved* saved = find(*undone[i]);
    if (saved == nullptr || !saved->can_be_said) continue;
    if (std::find(out.begin(), out.end(), &saved->back) == out.end()) out.push_back(&saved->back);
  }
  return out;
}

std::vector<const TableChange*> StateBefore::whole_way_back() const {
  std::vector<const TableChange*> out;
  for (const Saved& saved : saved_) {
    if (saved.can_be_said) out.push_back(&saved.back);
  }
  return out;
}

std::string StateBefore::lost(const std::vector<const TableChange*>& undone) const {
  std::string out;
  for (const TableChange* change : undone) {
    const Saved* saved = find(*change);
    if (saved == nullptr || saved->can_be_said || out.find(label(*change)) != std::string::npos) continue;
    if (!out.empty()) out += ", ";
    out += label(*change);
  }
  return out;
}

}  // namespace ferrule::exec

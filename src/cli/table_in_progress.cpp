#include "table_in_progress.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace ferrule::cli {

using Kind = Operation::Kind;

TableInProgress::TableInProgress(Table before, BackendKind backend, Existing existing)
    : id_(before.id), backend_(backend), foreign_(std::move(before.foreign)), incompatible_(before.incompatible) {
  const bool replaces = existing == Existing::kReplace;
  for (Chain& chain : before.chains) {
    if (replaces && !chain.hook) continue;
    if (replaces) chain.rules.clear();
    // nf_tables begins with a table of its own.
    if (replaces && is_nft()) chain.policy = Policy::accept, chain.counters = {};
    const size_t uses = chain.references + chain.rules.size();
    std::vector<bool> added(chain.rules.size());
    chains_.push_back({.chain = std::move(chain), .added = std::move(added), .uses = uses});
  }
  if (!replaces) return;
  foreign_.clear();
  incompatible_ = false;
}

TableInProgress::Editable* TableInProgress::find(const ChainName& name) {
  const auto found = std::ranges::find_if(chains_, [&](const Editable& each) { return each.chain.name == name; });
  return found == chains_.end() ? nullptr : &*found;
}

void TableInProgress::add_chain(const ChainName& name) {
  const auto before =
      std::ranges::find_if(chains_, [&](const Editable& each) { return !each.chain.hook && each.chain.name > name; });
  chains_.insert(before, Editable{.chain = {.name = name}});
}

void TableInProgress::empty(Editable& chain) {
  chain.chain.rules.clear();
  chain.added.clear();
}

void TableInProgress::put(Editable& into, size_t at, const Operation& operation) {
  if (at > into.chain.rules.size()) return;
  const auto offset = static_cast<std::ptrdiff_t>(at);
  into.chain.rules.insert(into.chain.rules.begin() + offset, *operation.rule);
  into.added.insert(into.added.begin() + offset, true);
}

void TableInProgress::take(Editable& from, size_t at) {
  if (at >= from.chain.rules.size()) return;
  const auto offset = static_cast<std::ptrdiff_t>(at);
  from.chain.rules.erase(from.chain.rules.begin() + offset);
  from.added.erase(from.added.begin() + offset);
}

void TableInProgress::delete_chains(const ChainName& meant) {
  std::erase_if(chains_,
                [&](const Editable& each) { return !each.chain.hook && (meant.empty() || each.chain.name == meant); });
}

// What legacy sets to zero, it tells the kernel only.
void TableInProgress::zero(Editable& chain, uint32_t number) const {
  if (!is_nft()) return;
  for (size_t i = 0; i < chain.chain.rules.size(); ++i) {
    if (number == 0 || i + 1 == number) chain.chain.rules[i].set_counters({});
  }
}

void TableInProgress::set_policy(Editable& chain, const Operation& operation) const {
  if (is_nft()) return;
  if (operation.policy) chain.chain.policy = *operation.policy;
  if (operation.counters) chain.chain.counters = *operation.counters;
}

void TableInProgress::carry_out(const Operation& operation) {
  Editable* const chain = find(operation.chain);
  switch (operation.kind) {
    case Kind::append:
      if (chain != nullptr) put(*chain, chain->chain.rules.size(), operation);
      break;
    case Kind::insert:
      if (chain != nullptr) put(*chain, std::max(operation.number, 1u) - 1, operation);
      break;
    case Kind::replace:
      if (chain == nullptr || operation.number == 0 || operation.number > chain->chain.rules.size()) break;
      take(*chain, operation.number - 1);
      put(*chain, operation.number - 1, operation);
      break;
    case Kind::delete_rule: {
      if (chain == nullptr) break;
      const auto same = [&](const Rule& rule) { return same_rule(rule, *operation.rule); };
      const auto found = std::ranges::find_if(chain->chain.rules, same);
      take(*chain, static_cast<size_t>(found - chain->chain.rules.begin()));
      break;
    }
    case Kind::delete_number:
      if (chain != nullptr && operation.number != 0) take(*chain, operation.number - 1);
      break;
    case Kind::flush:
      for (Editable& each : chains_) {
        if (operation.chain.empty() || &each == chain) empty(each);
      }
      break;
    case Kind::zero:
      for (Editable& each : chains_) {
        if (operation.chain.empty() || &each == chain) zero(each, operation.number);
      }
      break;
    case Kind::new_chain:
      if (chain == nullptr) add_chain(operation.chain);
      break;
    case Kind::declare_chain:
      if (chain == nullptr) {
        add_chain(operation.chain);
      } else if (chain->chain.hook) {
        set_policy(*chain, operation);
      } else if (!is_nft()) {
        empty(*chain);
      }
      break;
    case Kind::set_policy:
      if (chain != nullptr) set_policy(*chain, operation);
      break;
    case Kind::delete_chain:
      delete_chains(operation.chain);
      break;
    case Kind::rename_chain: {
      if (chain == nullptr || is_nft()) break;
      Editable renamed = std::move(*chain);
      delete_chains(operation.chain);
      add_chain(operation.new_name);
      renamed.chain.name = operation.new_name;
      *find(operation.new_name) = std::move(renamed);
      break;
    }
    case Kind::check:
      break;
  }
}

size_t TableInProgress::jumps_to(const ChainName& name) const {
  size_t count = 0;
  for (const Editable& each : chains_) {
    count += static_cast<size_t>(std::ranges::count_if(each.chain.rules, [&](const Rule& rule) {
      return rule.target_kind() == TargetKind::chain && rule.target_name() == name.view();
    }));
  }
  return count;
}

Table TableInProgress::shown() const {
  Table table{.id = id_, .foreign = foreign_, .incompatible = incompatible_};
  for (const Editable& each : chains_) {
    Chain& chain = table.chains.emplace_back(each.chain);
    if (!is_nft()) {
      chain.references = static_cast<uint32_t>(jumps_to(chain.name));
    } else if (each.uses < chain.rules.size()) {
      chain.references = kUnknownReferences;
    } else {
      chain.references = static_cast<uint32_t>(each.uses - chain.rules.size());
    }
  }
  return table;
}

const std::vector<bool>& TableInProgress::added(std::string_view chain) const {
  static const std::vector<bool> kNone;
  const auto found =
      std::ranges::find_if(chains_, [&](const Editable& each) { return each.chain.name.view() == chain; });
  return found == chains_.end() ? kNone : found->added;
}

}  // namespace ferrule::cli

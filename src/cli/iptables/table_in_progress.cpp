#include "iptables/table_in_progress.hpp"

#include <linux/netfilter/x_tables.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

namespace ferrule::cli {

using Kind = Operation::Kind;

TableInProgress::TableInProgress(Table before, BackendKind backend, Existing existing)
    : id_(before.id), backend_(backend), foreign_(std::move(before.foreign)), incompatible_(before.incompatible) {
  const bool replaces = existing == Existing::kReplace;
  for (Chain& chain : before.chains) {
    if (replaces && !chain.hook) continue;
    std::vector<Rule> rules = std::exchange(chain.rules, {});
    if (replaces) rules.clear();
    // nf_tables begins with a table of its own.
    if (replaces && is_nft()) chain.policy = Policy::accept, chain.counters = {};
    Editable editable{.chain = std::move(chain)};
    editable.uses = editable.chain.references + rules.size();
    for (Rule& rule : rules) editable.lines.push_back({.rule = std::move(rule)});
    if (editable.chain.hook) {
      base_.push_back(std::move(editable));
    } else {
      const ChainName name = editable.chain.name;
      users_.emplace(name, std::move(editable));
    }
  }
  if (!replaces) return;
  foreign_.clear();
  incompatible_ = false;
}

const TableInProgress::Editable* TableInProgress::find(const ChainName& name) const {
  const auto base = std::ranges::find_if(base_, [&](const Editable& each) { return each.chain.name == name; });
  if (base != base_.end()) return &*base;
  const auto user = users_.find(name);
  return user == users_.end() ? nullptr : &user->second;
}

void TableInProgress::put(Editable& into, size_t at, const Operation& operation) {
  if (at > into.lines.size()) return;
  into.lines.insert(into.lines.begin() + static_cast<std::ptrdiff_t>(at), {.rule = *operation.rule, .added = true});
}

void TableInProgress::take(Editable& from, size_t at) {
  if (at < from.lines.size()) from.lines.erase(from.lines.begin() + static_cast<std::ptrdiff_t>(at));
}

template <typename Do>
void TableInProgress::each(const ChainName& meant, const Do& what) {
  if (!meant.empty()) {
    if (Editable* const chain = find(meant)) what(*chain);
    return;
  }
  for (Editable& chain : base_) what(chain);
  for (auto& [name, chain] : users_) what(chain);
}

// What legacy sets to zero, it tells the kernel only.
void TableInProgress::zero(Editable& chain, uint32_t number) const {
  if (!is_nft()) return;
  for (size_t i = 0; i < chain.lines.size(); ++i) {
    if (number == 0 || i + 1 == number) chain.lines[i].rule.set_counters({});
  }
}

void TableInProgress::set_policy(Editable& chain, const Operation& operation) const {
  if (is_nft()) return;
  if (operation.policy) chain.chain.policy = *operation.policy;
  if (operation.counters) chain.chain.counters = *operation.counters;
}

void TableInProgress::rename(const Operation& operation) {
  if (is_nft()) return;
  auto node = users_.extract(operation.chain);
  if (node.empty()) return;
  node.key() = operation.new_name;
  node.mapped().chain.name = operation.new_name;
  users_.insert(std::move(node));
  each({}, [&](Editable& chain) {
    for (Line& line : chain.lines) {
      if (line.rule.target_kind() != TargetKind::chain || line.rule.target_name() != operation.chain.view()) continue;
      (void)line.rule.set_target_chain(ChainName(operation.new_name.view()));
    }
  });
}

void TableInProgress::carry_out(const Operation& operation) {
  Editable* const chain = find(operation.chain);
  const size_t at = std::max(operation.number, 1u) - 1;
  switch (operation.kind) {
    case Kind::append:
      if (chain != nullptr) put(*chain, chain->lines.size(), operation);
      break;
    case Kind::insert:
      if (chain != nullptr) put(*chain, at, operation);
      break;
    case Kind::replace:
      if (chain == nullptr || operation.number == 0 || at >= chain->lines.size()) break;
      chain->lines[at] = {.rule = *operation.rule, .added = true};
      break;
    case Kind::delete_rule: {
      if (chain == nullptr) break;
      const auto same = [&](const Line& line) { return same_rule(line.rule, *operation.rule); };
      take(*chain, static_cast<size_t>(std::ranges::find_if(chain->lines, same) - chain->lines.begin()));
      break;
    }
    case Kind::delete_number:
      if (chain != nullptr && operation.number != 0) take(*chain, at);
      break;
    case Kind::flush:
      each(operation.chain, [](Editable& flushed) { flushed.lines.clear(); });
      break;
    case Kind::zero:
      each(operation.chain, [&](Editable& zeroed) { zero(zeroed, operation.number); });
      break;
    case Kind::new_chain:
      if (chain == nullptr) users_.emplace(operation.chain, Editable{.chain = {.name = operation.chain}});
      break;
    case Kind::declare_chain:
      if (chain == nullptr) {
        users_.emplace(operation.chain, Editable{.chain = {.name = operation.chain}});
      } else if (chain->chain.hook) {
        set_policy(*chain, operation);
      } else if (!is_nft()) {
        chain->lines.clear();
      }
      break;
    case Kind::set_policy:
      if (chain != nullptr) set_policy(*chain, operation);
      break;
    case Kind::delete_chain:
      if (operation.chain.empty()) {
        users_.clear();
      } else {
        users_.erase(operation.chain);
      }
      break;
    case Kind::rename_chain:
      rename(operation);
      break;
    case Kind::check:
      break;
  }
}

std::map<std::string_view, uint32_t> TableInProgress::jumps() const {
  std::map<std::string_view, uint32_t> counts;
  const auto count = [&](const Editable& each) {
    for (const Line& line : each.lines) {
      if (line.rule.target_kind() == TargetKind::chain) ++counts[line.rule.target_name()];
    }
  };
  std::ranges::for_each(base_, count);
  for (const auto& [name, chain] : users_) count(chain);
  return counts;
}

Chain TableInProgress::shown(const Editable& each) const {
  Chain chain = each.chain;
  chain.rules.reserve(each.lines.size());
  for (const Line& line : each.lines) chain.rules.push_back(line.rule);
  if (!is_nft()) return chain;
  const bool unknown = each.uses < each.lines.size();
  chain.references = unknown ? kUnknownReferences : static_cast<uint32_t>(each.uses - each.lines.size());
  return chain;
}

Table TableInProgress::shown(std::string_view chain) const {
  Table table{.id = id_, .foreign = foreign_, .incompatible = incompatible_};
  if (chain.empty()) {
    for (const Editable& each : base_) table.chains.push_back(shown(each));
    for (const auto& [name, each] : users_) table.chains.push_back(shown(each));
  } else if (const Editable* const only = find(ChainName(chain))) {
    table.chains.push_back(shown(*only));
  }
  if (is_nft()) return table;
  const auto counts = jumps();
  for (Chain& each : table.chains) {
    const auto found = counts.find(each.name.view());
    each.references = found == counts.end() ? 0 : found->second;
  }
  return table;
}

bool TableInProgress::is_added(const ChainName& chain, size_t at) const {
  const Editable* const found = find(chain);
  return found != nullptr && found->lines[at].added;
}

}  // namespace ferrule::cli

#include "backend_legacy/memory_table.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "model/entry.hpp"

namespace ferrule::legacy {
namespace {

constexpr std::array kHooksInOrder = {Hook::prerouting, Hook::input, Hook::forward, Hook::output, Hook::postrouting};

}  // namespace

Rule with_current_target(const MemoryTable::Entry& entry) {
  Rule rule = entry.rule;
  const std::string_view name = entry.jump->name.view();
  std::byte* header = rule.mutable_entry().data() + model::target(rule).payload_offset - model::kPartHeaderSize;
  std::memset(header + 2, 0, model::kMaxPartName + 1);
  std::memcpy(header + 2, name.data(), name.size());
  return rule;
}

Table pristine_table(TableId table) {
  Table out{.id = table};
  for (const Hook hook : kHooksInOrder) {
    if (table_has_hook(table, hook)) out.chains.push_back({.name = ChainName(hook_name(hook)), .hook = hook});
  }
  return out;
}

MemoryTable::MemoryTable(Table table, const FirstEntries& first_entries, Commit commit) : commit_(std::move(commit)) {
  for (const Chain& chain : table.chains) {
    MemoryChain& made = chains_[chain.name];
    made.name = chain.name;
    made.hook = chain.hook;
    made.policy = chain.policy;
    if (chain.hook) base_.push_back(&made);
  }
  for (Chain& chain : table.chains) {
    MemoryChain& made = chains_[chain.name];
    made.rules.reserve(chain.rules.size());
    const auto first = first_entries.find(chain.name);
    for (Rule& rule : chain.rules) {
      const auto number = static_cast<uint32_t>(made.rules.size());
      made.rules.push_back(make_entry(std::move(rule)));
      if (first != first_entries.end()) made.rules.back().was = first->second + number;
    }
  }
}

MemoryTable::MemoryChain* MemoryTable::chain_of(const ChainName& name) {
  const auto found = chains_.find(name);
  return found == chains_.end() ? nullptr : &found->second;
}

MemoryTable::Entry MemoryTable::make_entry(Rule rule) {
  MemoryChain* jump = rule.target_kind() == TargetKind::chain ? chain_of(ChainName(rule.target_name())) : nullptr;
  if (jump != nullptr) ++jump->references;
  return {std::move(rule), jump};
}

void MemoryTable::drop(Entry& entry) {
  if (entry.jump != nullptr) --entry.jump->references;
}

ChainKind MemoryTable::kind(const ChainName& chain) {
  const MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ChainKind::none;
  return found->hook ? ChainKind::base : ChainKind::user;
}

std::vector<ChainName> MemoryTable::chains() {
  std::vector<ChainName> names;
  for (const MemoryChain* chain : base_) names.push_back(chain->name);
  for (const auto& [name, chain] : chains_) {
    if (!chain.hook) names.push_back(name);
  }
  return names;
}

int MemoryTable::create_chain(const ChainName& chain) {
  if (is_verdict(chain) || chain_of(chain) != nullptr) return EEXIST;
  chains_[chain].name = chain;
  return 0;
}

int MemoryTable::delete_chain(const ChainName& chain) {
  const MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (found->hook) return EINVAL;
  if (found->references != 0) return EMLINK;
  if (!found->rules.empty()) return ENOTEMPTY;
  chains_.erase(chain);
  return 0;
}

int MemoryTable::rename_chain(const ChainName& chain, const ChainName& new_name) {
  if (is_verdict(new_name) || chain_of(new_name) != nullptr) return EEXIST;
  const MemoryChain* found = chain_of(chain);
  if (found == nullptr || found->hook) return ENOENT;
  auto node = chains_.extract(chain);
  node.key() = new_name;
  node.mapped().name = new_name;
  chains_.insert(std::move(node));
  return 0;
}

int MemoryTable::flush(const ChainName& chain) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  for (Entry& entry : found->rules) drop(entry);
  found->rules.clear();
  return 0;
}

int MemoryTable::zero(const ChainName& chain) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  for (Entry& entry : found->rules) entry.zeroed = true;
  return 0;
}

int MemoryTable::zero_rule(const ChainName& chain, uint32_t number) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (number >= found->rules.size()) return E2BIG;
  found->rules[number].zeroed = true;
  return 0;
}

int MemoryTable::set_policy(const ChainName& chain, Policy policy, std::optional<Counters> counters) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr || !found->hook) return ENOENT;
  found->policy = policy;
  found->counters = counters;
  return 0;
}

int MemoryTable::append(const ChainName& chain, Rule rule) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  found->rules.push_back(make_entry(std::move(rule)));
  return 0;
}

int MemoryTable::insert(const ChainName& chain, Rule rule, uint32_t number) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (number > found->rules.size()) return E2BIG;
  found->rules.insert(found->rules.begin() + number, make_entry(std::move(rule)));
  return 0;
}

int MemoryTable::replace(const ChainName& chain, Rule rule, uint32_t number) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (number >= found->rules.size()) return E2BIG;
  drop(found->rules[number]);
  found->rules[number] = make_entry(std::move(rule));
  return 0;
}

int MemoryTable::erase(const ChainName& chain, uint32_t number) {
  MemoryChain* found = chain_of(chain);
  if (found == nullptr) return ENOENT;
  if (number >= found->rules.size()) return E2BIG;
  drop(found->rules[number]);
  found->rules.erase(found->rules.begin() + number);
  return 0;
}

Result<std::optional<uint32_t>> MemoryTable::find(const ChainName& chain, const Rule& rule, SetNames& sets) {
  const MemoryChain* found = chain_of(chain);
  if (found == nullptr) return std::optional<uint32_t>{};
  for (size_t i = 0; i < found->rules.size(); ++i) {
    const Entry& entry = found->rules[i];
    if (entry.rule.entry().size() != rule.entry().size()) continue;
    bool same = false;
    if (is_renamed(entry)) {
      same = same_rule(rule, with_current_target(entry));
    } else if (!rule.attachments().empty() && entry.rule.attachments().empty()) {
      // As it was read: its sets are known by number only.
      Rule named = entry.rule;
      if (Result<void> done = sets.add_names(named); !done) return tl::unexpected<Error>(done.error());
      same = same_rule(rule, named);
    } else {
      same = same_rule(rule, entry.rule);
    }
    if (same) return std::optional<uint32_t>(static_cast<uint32_t>(i));
  }
  return std::optional<uint32_t>{};
}

int MemoryTable::commit() { return commit_ ? commit_(chains_) : 0; }

}  // namespace ferrule::legacy
